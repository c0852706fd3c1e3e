//! Code in documents compiles, and commands in documents name existing packages, suites and options.

use tests::document::{Block, blocks, documents, paths};
use tests::repository::{read, root, suites};

use crate::dependencies::packages;
use crate::sources;

fn all_blocks() -> Vec<Block> {
    let all: Vec<_> = documents().iter().flat_map(|document| blocks(document)).collect();
    assert!(all.len() > 20, "the blocks were not found");
    all
}

/// The file of an excerpt, and the excerpt's lines.
fn excerpt(block: &Block) -> Option<(&str, Vec<&str>)> {
    let mut lines = block.code.lines();
    let head = lines.next()?.trim_start();
    let file = head.strip_prefix("// Excerpt of ").or_else(|| head.strip_prefix("# Excerpt of "))?;
    Some((file, lines.collect()))
}

/// The lines without their common indentation.
fn unindented<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let written = lines.iter().filter(|line| !line.is_empty());
    let indent = written.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect()
}

#[test]
fn every_excerpt_is_in_the_file_that_it_names() {
    for block in all_blocks() {
        let Some((file, lines)) = excerpt(&block) else { continue };
        let (text, wanted) = (read(file), unindented(&lines));
        assert!(!wanted.is_empty(), "{}, line {}: nothing", block.document, block.line);
        let found = text.lines().collect::<Vec<_>>().windows(lines.len()).any(|part| unindented(part) == wanted);
        assert!(found, "{}, line {}: this is not in {file}", block.document, block.line);
    }
}

/// Documents with compiled Rust code: the document, the file that compiles it, and the code that does.
const COMPILED: &[(&str, &str, &str)] = &[
    (
        "docs/secure-an-endpoint.md",
        "tests/support/lib.rs",
        r#"#[doc = include_str!("../../docs/secure-an-endpoint.md")]"#,
    ),
    ("shared/auth/README.md", "shared/auth/src/lib.rs", r#"#![doc = include_str!("../README.md")]"#),
];

#[test]
fn all_rust_in_documents_is_compiled_or_an_excerpt() {
    for block in all_blocks().iter().filter(|block| ["rs", "rust"].iter().any(|name| block.language.starts_with(name)))
    {
        let place = format!("{}, line {}", block.document, block.line);
        // rustdoc ignores `rs`, but syntax highlighters know it. So rustdoc compiles all code except excerpts.
        let expected: &[&str] = if excerpt(block).is_some() { &["rs"] } else { &["rust", "rust,test_harness"] };
        assert!(expected.contains(&block.language.as_str()), "{place}: {} is not {expected:?}", block.language);
        let how = COMPILED.iter().find(|(document, ..)| *document == block.document);
        let compiled = how.is_some_and(|(_, file, how)| read(file).contains(how));
        let followed = FOLLOWED.contains(&block.document.as_str());
        assert!(excerpt(block).is_some() || compiled || followed, "{place}: nothing compiles this");
    }
}

/// Guides about a project that they start. `.ci/own-api` follows them in a copy of the repository.
const FOLLOWED: [&str; 2] = ["docs/add-an-endpoint.md", "docs/your-own-api.md"];

#[test]
fn changes_in_documents_fit() {
    let is_change = |block: &&Block| block.language == "diff" && !FOLLOWED.contains(&block.document.as_str());
    for block in all_blocks().iter().filter(is_change) {
        let file =
            block.file.as_ref().unwrap_or_else(|| panic!("{}, line {} names no file", block.document, block.line));
        assert_ne!(block.applied(&read(file)), read(file));
    }
}

#[test]
fn documents_name_files_that_there_are() {
    for document in documents() {
        let text = read(&document);
        // Guides also name the files that readers make.
        let made = |path: &str| {
            FOLLOWED.contains(&document.as_str()) && ["calls.json", "orders"].iter().any(|name| path.contains(name))
        };
        for (number, line) in text.lines().enumerate() {
            let place = format!("{document}, line {}", number + 1);
            for path in paths(line).iter().filter(|path| !made(path)) {
                assert!(root().join(path).exists(), "{place}: there is no {path}");
            }
            let links = line.split("](").skip(1).filter_map(|link| link.split([')', '#']).next());
            for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
                let file = root().join(&document).with_file_name(link);
                assert!(file.exists(), "{place}: there is no {link}");
            }
        }
    }
}

/// The words of a command, up to its end.
fn words(command: &str) -> Vec<&str> {
    let command = command.split(['#', '`', '|', ';', '[']).next().unwrap_or_default();
    command.split_whitespace().map(|word| word.trim_matches(['(', ')', ',', '.', ':', '"'])).collect()
}

/// The value after each `option`.
fn values<'a>(words: &[&'a str], option: &str) -> Vec<&'a str> {
    words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1]).collect()
}

/// The place and the words of every cargo command, and of every command of the operator, which starts with `admin`.
fn commands<'a>(document: &str, text: &'a str) -> Vec<(String, Vec<&'a str>)> {
    let lines = text.lines().enumerate().flat_map(|(number, line)| {
        let place = format!("{document}, line {}", number + 1);
        let cargo = line.match_indices("cargo ").map(|(at, _)| words(&line[at..]));
        let short = line.trim_start().strip_prefix("admin ").map(words);
        let short = short.map(|words| ["-p", "admin", "--"].into_iter().chain(words).collect());
        cargo.chain(short).map(move |words| (place.clone(), words)).collect::<Vec<_>>()
    });
    lines.collect()
}

#[test]
fn commands_in_documents_name_packages_suites_and_options_that_there_are() {
    let packages: Vec<_> = packages().into_iter().map(|package| package.name).collect();
    let (suites, mut checked) = (suites(), 0);
    for document in documents() {
        for (place, command) in commands(&document, &read(&document)) {
            for suite in values(&command, "--test") {
                assert!(suites.iter().any(|known| known == suite), "{place}: there is no suite {suite}");
            }
            for package in values(&command, "-p") {
                assert!(packages.iter().any(|known| known == package), "{place}: there is no package {package}");
                if let Some(start) = command.iter().position(|word| *word == "--") {
                    assert_takes(package, &command[start + 1..], &place);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 10, "the commands were not found");
}

#[test]
fn options_that_documents_explain_are_taken() {
    let (operate, local) = (read("docs/operate.md"), read("docs/local.md"));
    let both = format!("{operate}\n{local}");
    let options = both.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--")).map(words);
    let section = operate.split("\n## ").find(|section| section.starts_with("Commands\n")).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let commands: Vec<_> = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect();
    assert!(commands.len() > 10, "the table of commands was not found");
    commands.iter().for_each(|command| assert_takes("admin", &words(command), "docs/operate.md, Commands"));
    for option in options.map(|words| words[0]) {
        assert!(["admin", "local"].iter().any(|tool| takes(&source(tool), option)), "nothing takes {option}");
    }
}

/// The source of a tool.
fn source(tool: &str) -> String {
    let prefix = format!("tools/{tool}/src/");
    sources().into_iter().filter(|(path, _)| path.starts_with(&prefix)).map(|(_, text)| text).collect()
}

/// Whether a tool has this option, which `clap` derives from the name of a field.
fn takes(source: &str, option: &str) -> bool {
    let field = option.trim_start_matches("--").replace('-', "_");
    source.lines().any(|line| line.trim_start().trim_start_matches("pub ").starts_with(&format!("{field}: ")))
}

/// Asserts that a tool has these options, and if the tool has commands, that it has the command among these words.
#[track_caller]
fn assert_takes(tool: &str, words: &[&str], place: &str) {
    let source = source(tool);
    for option in words.iter().filter(|word| word.starts_with("--") && **word != "--help") {
        assert!(takes(&source, option), "{place}: {tool} does not take {option}");
    }
    let is_command = |word: &&str| {
        let variant: String =
            word.split('-').filter(|part| !part.is_empty()).map(|part| part[..1].to_uppercase() + &part[1..]).collect();
        ["(", " {", ","].iter().any(|after| source.contains(&format!("\n    {variant}{after}")))
    };
    let wanted = source.contains("Subcommand") && !words.contains(&"--help") && !words.contains(&"$@");
    assert!(!wanted || words.iter().any(is_command), "{place}: {tool} has no such command: {words:?}");
}

#[test]
fn the_clients_in_clients_md_are_the_tested_ones() {
    let blocks = blocks("docs/clients.md");
    for (language, ending) in [("python", "py"), ("ts", "ts")] {
        let shown: Vec<_> = blocks.iter().filter(|block| block.language == language).map(|block| &block.code).collect();
        let files = ["client", "usage"].map(|name| format!("tests/clients/{name}.{ending}"));
        assert_eq!(shown.len(), files.len(), "{language}");
        for (code, file) in shown.into_iter().zip(files) {
            assert!(*code == read(&file), "docs/clients.md does not have {file} as it is tested");
        }
    }
}
