//! docs/add-an-endpoint.md, done as it says in a copy of the repository: all of its code compiles, and its tests pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::document::{Block, blocks, copy_repository};
use tests::repository::{cargo, read, root};

/// Does what the guide says with one block.
fn apply(copy: &Path, block: &Block) {
    let file = copy.join(block.file.as_ref().unwrap_or_else(|| panic!("line {} names no file", block.line)));
    let text = fs::read_to_string(&file).unwrap_or_default();
    let changed = match block.language.as_str() {
        "diff" => block.applied(&text),
        "rust" if text.is_empty() => block.code.clone(),
        "rust" => format!("{text}\nmod added {{\n{}}}\n", block.code),
        // After FavoritesList and its logs.
        "yaml" => text.replacen("\n  FavoritesAdd:\n", &format!("\n{}\n  FavoritesAdd:\n", block.code), 1),
        other => panic!("line {}: what is to be done with {other}?", block.line),
    };
    assert_ne!(changed, text, "line {} changes nothing", block.line);
    fs::write(file, changed).unwrap();
}

/// Cargo in the copy. What was built of other crates is used again.
fn cargo_in(copy: &Path, arguments: &[&str]) -> Command {
    let mut cargo = cargo();
    // target/debug/deps/guide-... -> target
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    // What it records would be of functions that there are not.
    cargo.current_dir(copy).args(arguments).env("CARGO_TARGET_DIR", target).env_remove("TEST_RECORD");
    cargo
}

/// Runs a command, and shows what it says only if it fails.
fn succeeds(mut command: Command) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
}

/// Has tests write documents, as `guide` says: by lines such as `UPDATE_POLICY=1 cargo test --test tidy`.
fn write_documents(copy: &Path, guide: &str) {
    let commands: Vec<_> = guide.lines().filter(|line| line.starts_with("    UPDATE_")).collect();
    assert!(!commands.is_empty(), "the guide has no tests write documents");
    for command in commands {
        let words: Vec<_> = command.split('#').next().unwrap().split_whitespace().collect();
        let variables: Vec<_> = words.iter().map_while(|word| word.split_once('=')).collect();
        let ["cargo", arguments @ ..] = &words[variables.len()..] else { panic!("{command}: what is it?") };
        // It may well fail: another document, which the next command writes, is out of date.
        cargo_in(copy, arguments).envs(variables).output().unwrap();
    }
}

#[test]
fn an_endpoint_is_added_as_the_guide_says() {
    let copy = root().join("target/guide");
    let _ = fs::remove_dir_all(&copy);
    copy_repository(&copy);
    let guide = read("docs/add-an-endpoint.md");
    blocks("docs/add-an-endpoint.md").iter().for_each(|block| apply(&copy, block));
    // Its changes don't fit twice.
    fs::write(copy.join("docs/add-an-endpoint.md"), "# Done\n").unwrap();
    // Another version, or cargo would take what is built here for what it built there.
    let manifest = fs::read_to_string(copy.join("Cargo.toml")).unwrap();
    fs::write(copy.join("Cargo.toml"), manifest.replacen("version = \"0.1.0\"", "version = \"0.1.0-guide\"", 1))
        .unwrap();

    write_documents(&copy, &guide);
    succeeds(cargo_in(&copy, &["test", "--test=tidy", "--test=access", "--test=api", "--test=gateway"]));
    succeeds(cargo_in(&copy, &["test", "--test=rehearsal", "--no-run"]));
}
