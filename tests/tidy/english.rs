//! Comments and documents in plain English. Idioms such as those below replace a noun that would say more.

use tests::document::documents;
use tests::repository::read;

use crate::sources;

/// Words and phrases that name nothing.
const IDIOMS: &[&str] = &[
    "anew",
    "are none",
    "for good",
    "for want of",
    "hitherto",
    "in vain",
    "is none",
    "is no more",
    "lest",
    "nobody's",
    "of old",
    "of ours",
    "of theirs",
    "therein",
    "thereof",
    "was none",
    "were none",
    "whatever",
    "whichever",
    "whoever",
    "whom",
    "whomever",
    "whose is",
    "what became",
    "what becomes",
    "what can",
    "what comes",
    "what goes",
    "what had",
    "what has",
    "what is",
    "what it",
    "what may",
    "what must",
    "what stands",
    "what they",
    "what was",
    "what were",
    "who is",
];

/// Most idioms in a thousand words. Established open source code in Rust has about one.
const MOST: f64 = 2.0;

/// Lower-case words with single spaces between them.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_alphabetic() || c == '\''));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The words of a text, and the number of idioms among them.
fn count(text: &str) -> (usize, usize) {
    let words = words(text);
    let joined = format!(" {} ", words.join(" "));
    let idioms = IDIOMS.iter().map(|idiom| joined.matches(&format!(" {idiom} ")).count()).sum();
    (words.len(), idioms)
}

/// The comments of a source, without those that quote code.
fn comments(source: &str) -> String {
    let lines = source.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    lines.map(|line| line.trim_start_matches(['/', '!'])).collect::<Vec<_>>().join("\n")
}

/// The prose of a document.
fn prose(document: &str) -> String {
    document.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_plain(what: &str, texts: impl IntoIterator<Item = (String, String)>) {
    let counted = texts.into_iter().map(|(path, text)| (path, count(&text)));
    let mut counted: Vec<_> = counted.collect();
    counted.sort_by_key(|(_, (_, idioms))| std::cmp::Reverse(*idioms));
    let (words, idioms) = counted.iter().fold((0, 0), |(w, i), (_, (words, idioms))| (w + words, i + idioms));
    let rate = 1000.0 * idioms as f64 / words as f64;
    println!("{what}: {idioms} idioms in {words} words, {rate:.1} per 1,000");
    assert!(words > 5000, "{what}: the text was not found");
    assert!(rate <= MOST, "{what}: {rate:.1} idioms per 1,000 words, most of them in {:?}", &counted[..5]);
}

#[test]
fn comments_are_plain_english() {
    // This file quotes idioms.
    let sources = sources().into_iter().filter(|(path, _)| path != "tests/tidy/english.rs");
    assert_plain("comments", sources.map(|(path, text)| (path, comments(&text))));
}

#[test]
fn documents_are_plain_english() {
    assert_plain("documents", documents().into_iter().map(|path| (path.clone(), prose(&read(&path)))));
}

#[test]
fn idioms_are_counted() {
    assert_eq!(count("What is read anew by whoever\nasks. Whatever."), (8, 4));
    assert_eq!(count("The input is read again by each client."), (8, 0));
}
