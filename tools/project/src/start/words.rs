use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::name::{Name, Style};

/// Finds a name in texts, in all its styles, as a word of its own: `acme-api` has the name `acme`, `pacemaker` has not.
pub struct Words {
    forms: Vec<String>,
    searcher: AhoCorasick,
}

impl Words {
    /// Finds this name.
    ///
    /// # Errors
    /// When the searcher can't be built.
    pub fn of(name: &Name) -> Result<Self, String> {
        let forms: Vec<_> = Style::ALL.into_iter().map(|style| name.styled(style)).collect();
        let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms);
        Ok(Self { forms, searcher: searcher.map_err(|error| error.to_string())? })
    }

    /// The line of the first place that has the name, from 1.
    pub fn line(&self, text: &str) -> Option<usize> {
        let (at, _) = self.places(text).next()?;
        Some(text.get(..at.start)?.matches('\n').count() + 1)
    }

    /// The text with another name in the same styles. `None`: the text does not have the name.
    pub fn replaced(&self, text: &str, new: &Name) -> Option<String> {
        let (mut result, mut end) = (String::new(), 0);
        for (at, style) in self.places(text) {
            result += text.get(end..at.start)?;
            result += &new.styled(style);
            end = at.end;
        }
        (end > 0).then(|| result + text.get(end..).unwrap_or_default())
    }

    fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Range<usize>, Style)> + 'a {
        self.searcher.find_iter(text).filter_map(move |found| {
            let word = text.get(found.range())?;
            let before = text.get(..found.start())?.chars().next_back();
            let after = text.get(found.end()..)?.chars().next();
            is_word(before, word, after).then(|| (found.range(), self.style(before, word, after)))
        })
    }

    /// The style of a found word. A name of one word looks the same in several: then the text around it decides.
    fn style(&self, before: Option<char>, word: &str, after: Option<char>) -> Style {
        let of_all = Style::ALL.into_iter().zip(&self.forms);
        let styles: Vec<_> = of_all.filter(|(_, form)| *form == word).map(|(style, _)| style).collect();
        let (underscore, upper) = (before == Some('_') || after == Some('_'), after.is_some_and(char::is_uppercase));
        let inside = before.is_some_and(char::is_lowercase);
        let fits = |style: &&Style| match style {
            Style::Kebab => !underscore && !upper,
            Style::Snake | Style::Screaming => underscore,
            Style::Camel => upper,
            // `Acme/api` is a namespace of metrics.
            Style::Pascal => upper || inside || after == Some('/'),
            Style::Title => true,
        };
        styles.iter().find(fits).or(styles.first()).copied().unwrap_or(Style::Kebab)
    }
}

/// Whether a word ends where it is found, also inside of `OurWordHere`.
fn is_word(before: Option<char>, word: &str, after: Option<char>) -> bool {
    let capital = word.starts_with(char::is_uppercase);
    let small_end = !word.ends_with(char::is_uppercase);
    let begins = before.is_none_or(|letter| !letter.is_alphanumeric() || capital && letter.is_lowercase());
    begins && after.is_none_or(|letter| !letter.is_alphanumeric() || small_end && letter.is_uppercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn renamed(old: &str, new: &str, text: &str) -> Option<String> {
        Words::of(&Name::parse(old).unwrap()).unwrap().replaced(text, &Name::parse(new).unwrap())
    }

    const RIVER: &str = "blue-river-api blue_river_client \"blue-river\" BLUE_RIVER_KEY BlueRiver/api MyBlueRiver \
        BlueRiverStack # Blue River, blueRiverApi";

    #[test]
    fn every_style_of_a_name_is_replaced() {
        let hill = RIVER.replace("blue", "red").replace("Blue", "Red").replace("BLUE", "RED");
        let hill = hill.replace("river", "hill").replace("River", "Hill").replace("RIVER", "HILL");
        assert_eq!(renamed("blue-river", "red-hill", RIVER).unwrap(), hill);
    }

    #[test]
    fn a_name_of_one_word_gets_the_style_of_its_place() {
        let acme = "acme-api acme_client \"acme\" ACME_KEY Acme/api MyAcme AcmeStack # Acme, acmeApi";
        assert_eq!(renamed("blue-river", "acme", RIVER).unwrap(), acme);
        assert_eq!(renamed("acme", "blue-river", acme).unwrap(), RIVER);
    }

    #[test]
    fn parts_of_other_words_are_no_names() {
        for text in ["pacme", "acmes", "Acmes", "1acme", "acme2", "ACMES", "xAcmes", "blue river"] {
            assert_eq!(renamed("acme", "beta", text), None, "{text}");
        }
        assert_eq!(renamed("acme", "beta", "of acme.").unwrap(), "of beta.");
    }

    #[test]
    fn the_first_line_with_a_name_is_found() {
        let words = Words::of(&Name::parse("acme").unwrap()).unwrap();
        assert_eq!(words.line("one\ntwo\nacmes\nthe Acme\nacme"), Some(4));
        assert_eq!(words.line("acmes"), None);
    }
}
