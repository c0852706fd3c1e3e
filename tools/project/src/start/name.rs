use std::fmt;

/// The longest name. The longest role of template.yaml, `NAME-prod-PasswordResetConfirmRole-` and 12 characters of
/// CloudFormation, has 64 characters, which is the limit of AWS. Functions may have as many, queues 80, tables 255.
pub const LONGEST: usize = 20;

/// Packages with these names could not be used, or hide what comes with Rust.
pub(crate) const RESERVED: &str = "abstract alloc as async await become box break const continue core crate do dyn else enum \
    extern false final fn for gen if impl in let loop macro match mod move mut override priv proc-macro pub ref return \
    self static std struct super test trait true try type typeof union unsafe unsized use virtual where while yield";

/// How a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `blue-river`
    Kebab,
    /// `blue_river`
    Snake,
    /// `BLUE_RIVER`
    Screaming,
    /// `blueRiver`
    Camel,
    /// `BlueRiver`
    Pascal,
    /// `Blue River`
    Title,
}

impl Style {
    /// All styles.
    pub const ALL: [Self; 6] = [Self::Kebab, Self::Snake, Self::Screaming, Self::Camel, Self::Pascal, Self::Title];
}

/// The name of a project, such as `blue-river`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// A name that a project can have.
    ///
    /// # Errors
    /// One line that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = |cause: &str| Err(format!("`{text}` can't be the name of a project: {cause}"));
        let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if !text.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            return named("it must begin with a letter from a to z");
        }
        if !text.chars().all(allowed) || text.ends_with('-') || text.contains("--") {
            return named("only lower-case letters, digits and single hyphens between them, such as `blue-river`");
        }
        if text.len() < 2 || text.len() > LONGEST {
            return named(&format!("it must have 2 to {LONGEST} characters, for the names of AWS resources"));
        }
        if RESERVED.split_whitespace().any(|word| word == text) {
            return named("it is a word of Rust");
        }
        Ok(Self(text.to_owned()))
    }

    /// The name in a style.
    pub fn styled(&self, style: Style) -> String {
        let words = self.0.split('-');
        let capitals = words.clone().map(capital);
        match style {
            Style::Kebab => self.0.clone(),
            Style::Snake => self.0.replace('-', "_"),
            Style::Screaming => self.0.replace('-', "_").to_uppercase(),
            Style::Camel => words.take(1).map(str::to_owned).chain(capitals.skip(1)).collect(),
            Style::Pascal => capitals.collect(),
            Style::Title => capitals.collect::<Vec<_>>().join(" "),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn styles(name: &str) -> Vec<String> {
        let name = Name::parse(name).unwrap();
        Style::ALL.into_iter().map(|style| name.styled(style)).collect()
    }

    #[test]
    fn a_name_has_a_form_for_every_place() {
        let river = ["blue-river", "blue_river", "BLUE_RIVER", "blueRiver", "BlueRiver", "Blue River"];
        assert_eq!(styles("blue-river"), river);
        assert_eq!(styles("acme"), ["acme", "acme", "ACME", "acme", "Acme", "Acme"]);
        assert_eq!(styles("route-66"), ["route-66", "route_66", "ROUTE_66", "route66", "Route66", "Route 66"]);
    }

    #[test]
    fn a_name_that_does_not_fit_everywhere_is_refused() {
        let cause = |name: &str| Name::parse(name).unwrap_err();
        for name in ["", "-acme", "2-rivers", "Acme", "_acme"] {
            assert!(cause(name).ends_with("it must begin with a letter from a to z"), "{name}");
        }
        for name in ["acme-", "blue--river", "blue_river", "blue river", "blueRiver", "acmé", "acme/api", "acme\n"] {
            assert!(cause(name).contains("only lower-case letters, digits and single hyphens"), "{name}");
        }
        for name in ["a", &"a".repeat(LONGEST + 1)] {
            assert!(cause(name).contains("it must have 2 to 20 characters"), "{name}");
        }
        assert!(Name::parse(&"a".repeat(LONGEST)).is_ok());
        for name in ["fn", "async", "core", "std", "proc-macro", "gen"] {
            assert!(cause(name).ends_with("it is a word of Rust"), "{name}");
        }
    }
}
