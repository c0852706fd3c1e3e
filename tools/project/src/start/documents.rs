/// A document without the blocks that `is_gone` names: paragraphs, items of lists, rows of tables, lines of commands and
/// whole blocks of code.
pub fn without_blocks(document: &str, is_gone: impl Fn(&str) -> bool) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let (mut in_code, mut after_blank) = (false, true);
    for line in document.split_inclusive('\n') {
        let blank = line.trim().is_empty();
        let new = !in_code && (blank || after_blank || begins_block(line));
        match blocks.last_mut() {
            Some(last) if !new => last.push_str(line),
            _ => blocks.push(line.to_owned()),
        }
        in_code ^= line.starts_with("```");
        after_blank = blank;
    }
    without_double_blanks(blocks.into_iter().filter(|block| !is_gone(block)))
}

fn begins_block(line: &str) -> bool {
    let number = line.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let item = ["- ", "* ", "|", "    "].iter().any(|start| line.starts_with(start));
    item || number.len() < line.len() && number.starts_with(". ")
}

fn without_double_blanks(blocks: impl Iterator<Item = String>) -> String {
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

    const DOCUMENT: &str = "# Title\n\nOne gone,\nin two lines.\n\nTwo.\n\n- a gone\n  on\n- b\n\n1. x\n2. gone\n\n\
        | a |\n|---|\n| gone |\n\n    command one\n    command gone\n\n```rust\ngone\n\nalso\n```\n\nThree.\n";

    #[test]
    fn only_the_blocks_that_match_are_gone() {
        let rest = "# Title\n\nTwo.\n\n- b\n\n1. x\n\n| a |\n|---|\n\n    command one\n\nThree.\n";
        assert_eq!(without_blocks(DOCUMENT, |block| block.contains("gone")), rest);
        assert_eq!(without_blocks(DOCUMENT, |_| false), DOCUMENT);
    }
}
