use super::measured::Measured;
use super::price;
use super::stack::{Each, HASHES, Stack};
use crate::report::Report;

/// How a cell is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// By a measurement.
    Measured,
    /// By a number that is the same in each run.
    Exact,
    /// As [`Judged::Exact`], but not beside Node: no executable is as small as bundled JavaScript.
    ButForNode,
    /// Not at all.
    Not,
}

/// A row of the table.
struct Row {
    what: &'static str,
    values: Each<f64>,
    judged: Judged,
}

const PEERS: [Stack; 2] = [Stack::Python, Stack::Node];

/// The comparisons of some endpoints: for each a column beside each peer, and a row for each measurement.
#[derive(Default)]
pub struct Comparisons {
    columns: Vec<String>,
    rows: Vec<(&'static str, Vec<f64>)>,
}

impl Comparisons {
    /// Adds the table of an endpoint, and its goals: ours is at most the peer's.
    pub fn enter(&mut self, name: &'static str, measured: &Each<Measured>, megabytes: u64, report: &mut Report) {
        report.begin(name, &["ours", "Python", "Node", "Python to ours", "Node to ours"]);
        let before = self.columns.len();
        self.columns.extend(PEERS.map(|peer| beside(name, peer)));
        for row in rows(name, measured, megabytes) {
            let Row { what, values: Each { ours, python, node }, judged } = row;
            report.row(what, &[ours, python, node, price::times(python, ours), price::times(node, ours)]);
            if judged != Judged::Not {
                let own = PEERS.map(|peer| row.judge(name, peer, report));
                self.add(what, before, &own);
            }
        }
    }

    fn add(&mut self, what: &'static str, before: usize, own: &[f64]) {
        if !self.rows.iter().any(|(row, _)| *row == what) {
            self.rows.push((what, Vec::new()));
        }
        if let Some((_, cells)) = self.rows.iter_mut().find(|(row, _)| *row == what) {
            // Cells of earlier endpoints without this row.
            cells.resize(before, f64::NAN);
            cells.extend(own);
        }
    }

    /// Adds the last table: how many times ours the peer's is, in each cell that is judged.
    pub fn conclude(self, report: &mut Report) {
        report.begin("ours is ahead where this is at least 1", &self.columns);
        for (what, mut cells) in self.rows {
            cells.resize(self.columns.len(), f64::NAN);
            report.row(what, &cells);
        }
    }
}

fn beside(name: &str, peer: Stack) -> String {
    format!("{name} beside {}", peer.name())
}

impl Row {
    /// Adds the goal beside a peer. Returns how many times ours the peer's is, or `NAN` for a cell that is exempt.
    fn judge(&self, name: &str, peer: Stack, report: &mut Report) -> f64 {
        let (ours, other) = (self.values.ours, *self.values.of(peer));
        match self.judged {
            Judged::Measured => report.goal(self.what, beside(name, peer), ours, other),
            Judged::Exact | Judged::ButForNode if self.judged == Judged::Exact || peer != Stack::Node => {
                report.exact(self.what, beside(name, peer), ours, other);
            }
            _ => return f64::NAN,
        }
        price::times(other, ours)
    }
}

fn rows(name: &str, measured: &Each<Measured>, megabytes: u64) -> Vec<Row> {
    let row = |what, judged, of: &dyn Fn(&Measured) -> f64| Row { what, values: measured.map(of), judged };
    let mut rows = vec![
        row("start to first response, ms", Judged::Measured, &|one| one.start.median()),
        row("start to first response, p90", Judged::Measured, &|one| one.start.p90()),
        row("start to first response, CPU ms", Judged::Measured, &|one| one.start_cpu.median()),
        row("warm call, ms", Judged::Measured, &|one| one.warm.median()),
        row("warm call, p90", Judged::Measured, &|one| one.warm.p90()),
        row("warm call, CPU ms", Judged::Measured, &|one| one.warm_cpu.median()),
    ];
    if name == HASHES {
        rows.extend([
            row("bare hash, ms", Judged::Not, &|one| one.hash.median()),
            row("bare hash, CPU ms", Judged::Not, &|one| one.hash_cpu.median()),
            row("warm call but for the hash, ms", Judged::Measured, &|one| one.warm.median() - one.hash.median()),
        ]);
    }
    let dynamodb = |one: &Measured| price::dynamodb(one.reads.median(), one.writes.median());
    let time = |one: &Measured| price::time(one.billed.mean(), megabytes);
    rows.extend([
        row("peak memory, MiB", Judged::Measured, &|one| one.peak),
        row("zip, MB", Judged::ButForNode, &|one| one.zip),
        row("DynamoDB calls", Judged::Exact, &|one| one.calls.median()),
        row("in sequence", Judged::Exact, &|one| one.in_sequence.median()),
        row("read units", Judged::Exact, &|one| one.reads.median()),
        row("write units", Judged::Exact, &|one| one.writes.median()),
        row("DynamoDB, $ per million", Judged::Exact, &dynamodb),
        row("billed, ms", Judged::Measured, &|one| one.billed.mean()),
        row("time, $ per million", Judged::Measured, &time),
        row("in all, $ per million", Judged::Measured, &|one| dynamodb(one) + price::requests() + time(one)),
    ]);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Reporting;

    /// A stack whose every measurement is this number.
    fn flat(number: f64) -> Measured {
        let sample = || {
            let mut sample = crate::stats::Sample::default();
            sample.push(number);
            sample
        };
        Measured {
            start: sample(),
            start_cpu: sample(),
            warm: sample(),
            warm_cpu: sample(),
            billed: sample(),
            hash: sample(),
            hash_cpu: sample(),
            calls: sample(),
            in_sequence: sample(),
            reads: sample(),
            writes: sample(),
            peak: number,
            zip: number,
        }
    }

    fn met(of: [f64; 3], change: impl Fn(&mut Each<Measured>)) -> bool {
        let [ours, python, node] = of.map(flat);
        let (mut all, mut report) = (Each { ours, python, node }, Report::default());
        change(&mut all);
        let mut comparisons = Comparisons::default();
        comparisons.enter("users_me", &all, 512, &mut report);
        comparisons.conclude(&mut report);
        report.print(&Reporting { slack: 1.0, recorded: None, json: false }).unwrap()
    }

    #[test]
    fn ours_is_ahead_if_no_cell_is_behind() {
        assert!(met([1.0, 2.0, 3.0], |_| {}) && met([1.0, 1.0, 1.0], |_| {}));
        assert!(!met([2.0, 1.0, 3.0], |_| {}) && !met([2.0, 3.0, 1.0], |_| {}));
        assert!(!met([1.0, 2.0, 2.0], |all| all.ours.peak = 2.1));
        assert!(!met([1.0, 2.0, 2.0], |all| all.python.zip = 0.9));
        assert!(!met([1.0, 2.0, 2.0], |all| all.ours.warm = crate::stats::Sample::default()), "nothing was measured");
    }

    #[test]
    fn only_the_zip_of_bundled_javascript_may_be_smaller() {
        assert!(met([1.0, 2.0, 2.0], |all| all.node.zip = 0.1));
        assert!(!met([1.0, 2.0, 2.0], |all| all.node.peak = 0.1));
    }

    #[test]
    fn the_dollars_of_a_call_are_those_of_units_requests_and_time() {
        let [ours, python, node] = [40.0, 80.0, 80.0].map(flat);
        let all = rows("tokens_issue", &Each { ours, python, node }, 1024);
        let ours = |what: &str| all.iter().find(|row| row.what == what).map(|row| row.values.ours).unwrap();
        let sum = ours("DynamoDB, $ per million") + 1.2 + ours("time, $ per million");
        assert!((ours("in all, $ per million") - sum).abs() < 1e-9);
        assert!((ours("time, $ per million") - 0.5332).abs() < 1e-9);
        assert_eq!(ours("warm call but for the hash, ms"), 0.0);
    }

    #[test]
    fn a_row_that_few_endpoints_have_is_empty_for_the_others() {
        let mut comparisons = Comparisons::default();
        comparisons.columns.extend(["a", "b"].map(str::to_owned));
        comparisons.add("one", 0, &[2.0, 3.0]);
        comparisons.columns.extend(["c", "d"].map(str::to_owned));
        comparisons.add("other", 2, &[4.0, 5.0]);
        let cells = |row: usize| comparisons.rows[row].1.iter().map(|cell| cell.to_string()).collect::<Vec<_>>();
        assert_eq!([cells(0).join(" "), cells(1).join(" ")], ["2 3", "NaN NaN 4 5"]);
    }
}
