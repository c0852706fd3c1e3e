use crate::error::{Error, Result};

/// The words of Rust that can be no name of a field or module (the Rust reference, "Keywords").
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A name in snake case, such as `line_items`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// Accepts snake case that is no word of Rust. `kind` says for errors which name it is.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(kind: &str, text: &str) -> Result<Self> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if text.len() > 40 || !text.split('_').all(is_word) {
            return Err(Error::Refused(format!(
                "{kind} `{text}`: a name has lower-case words joined by `_`, at most 40 characters"
            )));
        }
        if KEYWORDS.contains(&text) {
            return Err(Error::Refused(format!("{kind} `{text}`: that is a word of Rust, which can be no name")));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it is: `line_items`.
    pub fn snake(&self) -> &str {
        &self.0
    }

    /// As a type: `LineItems`.
    pub fn pascal(&self) -> String {
        self.0.split('_').map(capitalized).collect()
    }

    /// In a path: `line-items`.
    pub fn kebab(&self) -> String {
        self.0.replace('_', "-")
    }

    /// In a sentence: `line items`.
    pub fn words(&self) -> String {
        self.0.replace('_', " ")
    }

    /// With its article: `a line item`.
    pub fn with_article(&self) -> String {
        // A long u is spoken with a consonant, as in "unit" and "user".
        let long_u = ["uni", "us", "ut"].iter().any(|start| self.0.starts_with(start));
        let vowel = self.0.starts_with(['a', 'e', 'i', 'o', 'u']) && !long_u;
        format!("{} {}", if vowel { "an" } else { "a" }, self.words())
    }

    /// The singular of a plural.
    ///
    /// # Errors
    /// When the name does not end as English plurals do.
    pub fn singular(&self) -> Result<Self> {
        let name = &self.0;
        let without = |end: &str, instead: &str| name.strip_suffix(end).map(|start| format!("{start}{instead}"));
        let long = ["sses", "shes", "ches", "xes", "zzes"].iter().any(|end| name.ends_with(end));
        let singular = match name {
            _ if name.ends_with("ss") => None,
            _ if long => without("es", ""),
            _ => without("ies", "y").or_else(|| without("s", "")),
        };
        let singular = singular.filter(|singular| singular.len() > 1);
        let missing = || Error::Refused(format!("the singular of `{name}` is not clear: name it with --singular"));
        Self::parse("resource", &singular.ok_or_else(missing)?)
    }
}

/// The text with a capital letter first.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse("resource", text).unwrap()
    }

    #[test]
    fn names_have_the_forms_of_code_paths_and_sentences() {
        let items = name("line_items");
        assert_eq!(
            (items.pascal(), items.kebab(), items.words()),
            ("LineItems".to_owned(), "line-items".to_owned(), "line items".to_owned())
        );
        for (one, with_article) in
            [("order", "an order"), ("note", "a note"), ("unit", "a unit"), ("umbrella", "an umbrella")]
        {
            assert_eq!(name(one).with_article(), with_article);
        }
    }

    #[test]
    fn plurals_have_a_singular() {
        for (many, one) in [
            ("orders", "order"),
            ("line_items", "line_item"),
            ("categories", "category"),
            ("taxes", "tax"),
            ("addresses", "address"),
            ("notes", "note"),
        ] {
            assert_eq!(name(many).singular().unwrap(), name(one));
        }
        for unclear in ["sheep", "glass", "as"] {
            assert!(Name::parse("resource", unclear).and_then(|name| name.singular()).is_err(), "{unclear}");
        }
    }

    #[test]
    fn other_texts_are_no_names() {
        for bad in ["", "Orders", "line-items", "_orders", "orders_", "a__b", "1st", "or ders", "type", "fn"] {
            assert!(Name::parse("resource", bad).is_err(), "{bad}");
        }
        assert!(Name::parse("resource", &"a".repeat(41)).is_err());
    }
}
