//! Blocks of code in documents.

use std::fs;

use crate::repository::{in_domain, read, root};

/// A fenced block of code.
#[derive(Debug)]
pub struct Block {
    /// The document, from the root of the repository.
    pub document: String,
    /// The number of the block's first line.
    pub line: usize,
    /// The language after the opening fence.
    pub language: String,
    /// The code.
    pub code: String,
    /// The last file that the text between the heading and the block names.
    pub file: Option<String>,
}

impl Block {
    /// Applies this block to the text of a file: ` ` marks unchanged lines, `-` removed lines, `+` added lines.
    pub fn applied(&self, text: &str) -> String {
        let side = |sign: char| -> String {
            let lines = self.code.split_inclusive('\n').filter(|line| line.starts_with([' ', sign]));
            lines.map(|line| &line[1..]).collect()
        };
        let (old, place) = (side('-'), format!("{}, line {}", self.document, self.line));
        assert_eq!(
            text.matches(&old).count(),
            1,
            "{place}: the old lines are not there exactly once, in {:?}",
            self.file
        );
        text.replacen(&old, &side('+'), 1)
    }
}

/// All documents with commands or code.
pub fn documents() -> Vec<String> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|file| file.unwrap().path());
    let docs = docs.filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    let docs: Vec<_> = docs.map(|file| format!("docs/{}", file.file_name().unwrap().to_str().unwrap())).collect();
    assert!(!docs.is_empty());
    let others = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "shared/auth/README.md"].map(str::to_owned);
    docs.into_iter().chain(others).collect()
}

/// All fenced blocks of a document.
pub fn blocks(document: &str) -> Vec<Block> {
    let text = read(document);
    let mut lines = text.lines().enumerate();
    let (mut blocks, mut file) = (Vec::new(), None);
    while let Some((number, line)) = lines.next() {
        if line.starts_with('#') {
            file = None;
        }
        file = paths(line).pop().or(file);
        if let Some(language) = line.strip_prefix("```") {
            let code = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let code = code.flat_map(|line| [line, "\n"]).collect();
            let (document, language, file) = (document.to_owned(), language.to_owned(), file.clone());
            blocks.push(Block { document, line: number + 2, language, code, file });
        }
    }
    blocks
}

/// Folders and files in the root that documents name.
const PLACES: [&str; 9] =
    [".ci/", ".github/", "docs/", "examples/", "functions/", "shared/", "template.yaml", "tests/", "tools/"];

/// Every path of the repository that a line names.
pub fn paths(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || "/._-<>*{}".contains(c)));
    let paths = words
        .filter(|word| PLACES.iter().any(|place| word.starts_with(place)) || *word == "README.md" || in_domain(word));
    paths
        .map(|path| path.trim_end_matches(['.', '/']).to_owned())
        .filter(|path| !path.contains(['<', '*', '{']))
        .collect()
}
