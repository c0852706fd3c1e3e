//! Applies docs/add-an-endpoint.md to a copy of the repository, block by block. `.ci/guide` makes the copy, and runs
//! the copy's tests afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use tests::document::{Block, blocks};

/// Applies one block of the guide.
fn apply(copy: &Path, block: &Block) {
    let file = copy.join(block.file.as_ref().unwrap_or_else(|| panic!("line {} names no file", block.line)));
    let text = fs::read_to_string(&file).unwrap_or_default();
    let changed = match block.language.as_str() {
        "diff" => block.applied(&text),
        "rust" if text.is_empty() => block.code.clone(),
        "rust" => format!("{text}\nmod added {{\n{}}}\n", block.code),
        // The function goes after FavoritesList and its logs.
        "yaml" => text.replacen("\n  FavoritesAdd:\n", &format!("\n{}\n  FavoritesAdd:\n", block.code), 1),
        other => panic!("line {}: a block in {other} can't be applied", block.line),
    };
    assert_ne!(changed, text, "line {} changes nothing", block.line);
    fs::write(file, changed).unwrap();
}

#[test]
fn every_block_of_the_guide_changes_its_file() {
    let copy = std::env::var_os("GUIDE_COPY").expect("GUIDE_COPY names a copy of the repository: see .ci/guide");
    let copy = Path::new(&copy);
    blocks("docs/add-an-endpoint.md").iter().for_each(|block| apply(copy, block));
    // The copy's tests would fail on the guide, because its changes don't fit twice.
    fs::write(copy.join("docs/add-an-endpoint.md"), "# Done\n").unwrap();
}
