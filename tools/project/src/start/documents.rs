/// A document without the blocks that `is_gone` names: paragraphs, items of lists, rows of tables, lines of commands and
/// whole blocks of code. Of diagrams and outputs, single lines. Headings and heads of tables go with the last of theirs.
pub fn without_blocks(document: &str, is_gone: impl Fn(&str) -> bool) -> String {
    let kept = blocks(document).into_iter().filter_map(|block| match is_gone(&block) {
        true if has_free_lines(&block) => Some(block.split_inclusive('\n').filter(|line| !is_gone(line)).collect()),
        true => None,
        false => Some(block),
    });
    let kept: Vec<String> = kept.collect();
    if kept.concat() == document {
        return document.to_owned();
    }
    joined(without_empty_headings(without_empty_tables(kept)))
}

/// Whether a block of code is no code, so that single lines can be left out.
fn has_free_lines(block: &str) -> bool {
    block.starts_with("```\n") || block.starts_with("```mermaid\n")
}

fn blocks(document: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let (mut in_code, mut after_blank) = (false, true);
    for line in document.split_inclusive('\n') {
        let blank = line.trim().is_empty();
        // Below an item of a list, indented lines are its text.
        let command = line.starts_with("    ") && blocks.last().is_some_and(|last| last.starts_with("    "));
        let new = !in_code && (blank || after_blank || command || begins_block(line));
        match blocks.last_mut() {
            Some(last) if !new => last.push_str(line),
            _ => blocks.push(line.to_owned()),
        }
        in_code ^= line.starts_with("```");
        after_blank = blank;
    }
    blocks
}

fn begins_block(line: &str) -> bool {
    let number = line.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let item = ["- ", "* ", "|", "```"].iter().any(|start| line.starts_with(start));
    item || number.len() < line.len() && number.starts_with(". ")
}

/// Removes tables without rows.
fn without_empty_tables(blocks: Vec<String>) -> Vec<String> {
    let is_row = |block: &String| block.starts_with('|');
    let tables = blocks.chunk_by(|one, next| is_row(one) && is_row(next));
    tables.filter(|table| table.len() != 2 || !table.iter().all(is_row)).flatten().cloned().collect()
}

/// Removes headings with nothing below.
fn without_empty_headings(blocks: Vec<String>) -> Vec<String> {
    let level = |block: &str| block.starts_with('#').then(|| block.chars().take_while(|letter| *letter == '#').count());
    let mut kept: Vec<String> = Vec::new();
    // From the end, so that a heading of nothing but empty headings is empty, too.
    let mut below = Some(0);
    for block in blocks.into_iter().rev() {
        let (own, blank) = (level(&block), block.trim().is_empty());
        if own.is_some_and(|own| below.is_some_and(|below| below <= own)) {
            continue;
        }
        below = if blank { below } else { own };
        kept.push(block);
    }
    kept.reverse();
    kept
}

fn joined(blocks: Vec<String>) -> String {
    let mut text = String::new();
    for block in blocks {
        if block.trim().is_empty() && (text.is_empty() || text.ends_with("\n\n")) {
            continue;
        }
        text += &block;
    }
    text.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Title\n\nOne gone,\nin two lines.\n\nTwo.\n\n- a gone\n  on\n- b\n\n1. x\n    y\n2. gone\n    on\n\n\
        | a |\n|---|\n| gone |\n\n    command one\n    command gone\n\n```rust\ngone\n\nalso\n```\n\n\
        ```\nline\nline gone\n```\n\n## Empty\n\nGone: gone.\n\n## Kept\n\n| b |\n|---|\n| x |\n| gone |\n\n## Last\n\ngone\n";

    #[test]
    fn only_the_blocks_that_match_are_gone() {
        let rest = "# Title\n\nTwo.\n\n- b\n\n1. x\n    y\n\n    command one\n\n```\nline\n```\n\n## Kept\n\n\
            | b |\n|---|\n| x |\n";
        assert_eq!(without_blocks(DOCUMENT, |block| block.contains("gone")), rest);
        assert_eq!(without_blocks(DOCUMENT, |_| false), DOCUMENT);
    }
}
