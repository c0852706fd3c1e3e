//! docs/asvs.md has each requirement of the chapters once, names tests and files that there are, and counts its rows.

use tests::repository::{read, root};

/// The levels of all requirements in each section of V6 to V10 of OWASP ASVS 5.0.0, in the order of their numbers.
const SECTIONS: &[(&str, &str)] = &[
    ("6.1", "122"),
    ("6.2", "111111112222"),
    ("6.3", "11223333"),
    ("6.4", "112233"),
    ("6.5", "22222333"),
    ("6.6", "2223"),
    ("6.7", "33"),
    ("6.8", "2222"),
    ("7.1", "222"),
    ("7.2", "1111"),
    ("7.3", "22"),
    ("7.4", "11222"),
    ("7.5", "223"),
    ("7.6", "22"),
    ("8.1", "1233"),
    ("8.2", "1123"),
    ("8.3", "133"),
    ("8.4", "23"),
    ("9.1", "111"),
    ("9.2", "1222"),
    ("10.1", "22"),
    ("10.2", "223"),
    ("10.3", "22223"),
    ("10.4", "1111122222233333"),
    ("10.5", "22222"),
    ("10.6", "22"),
    ("10.7", "222"),
];

const STATES: [&str; 3] = ["`met`", "`not applicable`", "`not met`"];

/// The row of a requirement.
struct Row<'t> {
    number: &'t str,
    level: &'t str,
    state: &'t str,
    shown: &'t str,
}

fn is_number(cell: &str) -> bool {
    cell.split('.').count() == 3 && cell.split('.').all(|part| part.parse::<u8>().is_ok())
}

/// The rows about requirements. Other tables don't begin with a number of three parts.
fn rows(text: &str) -> Vec<Row<'_>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    let rows = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter(|cells| is_number(cells[0])).map(|cells| row(&cells)).collect()
}

fn row<'t>(cells: &[&'t str]) -> Row<'t> {
    match *cells {
        [number, level, _, state, shown] => Row { number, level, state, shown },
        _ => panic!("{} has other cells than five", cells[0]),
    }
}

/// The number and the level of each requirement.
fn requirements() -> Vec<(String, String)> {
    let of_section = |(section, levels): &(&str, &str)| {
        let levels: Vec<_> = levels.chars().map(String::from).collect();
        let numbers = (1..=levels.len()).map(|at| format!("{section}.{at}"));
        numbers.zip(levels).collect::<Vec<_>>()
    };
    SECTIONS.iter().flat_map(of_section).collect()
}

/// The requirements without exactly one row of their level, and the rows of no requirement.
fn wrong_numbers(rows: &[Row<'_>]) -> Vec<String> {
    let requirements = requirements();
    let faults = requirements.iter().filter_map(|(number, level)| {
        let there: Vec<_> = rows.iter().filter(|row| row.number == number).collect();
        match there[..] {
            [row] if row.level == level => None,
            [row] => Some(format!("{number} has level {} in place of {level}", row.level)),
            [] => Some(format!("{number} is missing")),
            _ => Some(format!("{number} is there {} times", there.len())),
        }
    });
    let is_known = |row: &&Row<'_>| requirements.iter().any(|(number, _)| number == row.number);
    let spare = rows.iter().filter(|row| !is_known(row)).map(|row| format!("{} is no requirement", row.number));
    faults.chain(spare).collect()
}

/// Whether a source has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim_start).collect();
    let head = format!("fn {name}(");
    let Some(at) = lines.iter().position(|line| line.contains(&head)) else { return false };
    let mut above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    above.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

/// The fault of one piece of evidence: a path, or a path and a test in that file.
fn fault_of(evidence: &str) -> Option<String> {
    let (path, test) = evidence.split_once(": ").map_or((evidence, None), |(path, test)| (path, Some(test)));
    if !root().join(path).is_file() {
        return Some(format!("there is no {path}"));
    }
    let test = test.filter(|test| !has_test(&read(path), test))?;
    Some(format!("{path} has no test {test}"))
}

/// The faults of a row's state, and of the evidence or the reason for it.
fn faults(row: &Row<'_>) -> Vec<String> {
    let evidence: Vec<_> = row.shown.split('`').skip(1).step_by(2).filter(|code| code.contains('/')).collect();
    let found = match row.state {
        state if !STATES.contains(&state) => vec![format!("{state} is no state")],
        "`met`" if evidence.is_empty() => vec!["is met, and nothing shows it".to_owned()],
        "`met`" => evidence.into_iter().filter_map(fault_of).collect(),
        _ if row.shown.is_empty() => vec!["gives no reason".to_owned()],
        _ => Vec::new(),
    };
    found.into_iter().map(|fault| format!("{}: {fault}", row.number)).collect()
}

/// The summary's row about a level.
fn counts(rows: &[Row<'_>], level: &str) -> String {
    let count = |state| rows.iter().filter(|row| row.level == level && row.state == state).count();
    let [met, not_applicable, not_met] = STATES.map(count);
    format!("| {level} | {met} | {not_applicable} | {not_met} |")
}

/// The numbers that begin the items of the summary's lists.
fn listed(summary: &str) -> Vec<&str> {
    let items = summary.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(':'));
    items.flat_map(|(numbers, _)| numbers.split(", ")).collect()
}

#[test]
fn every_requirement_has_one_row() {
    let document = read("docs/asvs.md");
    assert_eq!(wrong_numbers(&rows(&document)), [""; 0]);
}

#[test]
fn every_row_has_a_state_and_shows_it() {
    let document = read("docs/asvs.md");
    assert_eq!(rows(&document).iter().flat_map(faults).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_summary_is_that_of_the_rows() {
    let document = read("docs/asvs.md");
    let (rows, (_, summary)) = (rows(&document), document.split_once("\n## Summary\n").unwrap());
    for level in ["1", "2", "3"] {
        let counts = counts(&rows, level);
        assert!(summary.lines().any(|line| line == counts), "the summary lacks: {counts}");
    }
    let not_met = |level: &'static str| rows.iter().filter(move |row| row.level == level && row.state == STATES[2]);
    let expected: Vec<_> = not_met("1").chain(not_met("2")).map(|row| row.number).collect();
    assert_eq!(listed(summary), expected, "the lists of the summary");
}

#[test]
fn faults_are_found() {
    let found = |state: &str, shown: &str| {
        let line = format!("| 6.1.1 | 1 | something | {state} | {shown} |");
        rows(&line).iter().flat_map(faults).collect::<Vec<_>>().concat()
    };
    let (here, test) = ("tests/tidy/asvs.rs", "faults_are_found");
    assert_eq!(found("`met`", &format!("`{here}: {test}`, and `docs/asvs.md`")), "");
    assert_eq!(found("`not met`", "a reason"), "");
    assert_eq!(found("`met in part`", here), "6.1.1: `met in part` is no state");
    assert_eq!(found("`met`", "`none`"), "6.1.1: is met, and nothing shows it");
    assert_eq!(found("`met`", "`tests/tidy/gone.rs`"), "6.1.1: there is no tests/tidy/gone.rs");
    // A function, but no test.
    assert_eq!(found("`met`", &format!("`{here}: fault_of`")), format!("6.1.1: {here} has no test fault_of"));
    assert_eq!(found("`not met`", ""), "6.1.1: gives no reason");
    let wrong = wrong_numbers(&rows("| 6.1.2 | 1 | a | b | c |\n| 6.1.3 | 2 | a | b | c |\n| 6.1.3 | 2 | a | b | c |"));
    assert_eq!(wrong[..3], ["6.1.1 is missing", "6.1.2 has level 1 in place of 2", "6.1.3 is there 2 times"]);
}
