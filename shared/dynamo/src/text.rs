/// The reason why a value is refused, as text for the client. Completes "this field …".
pub type Invalid = &'static str;

/// Defines a type for text that follows rules: checked once, valid from then on.
///
/// `check` takes the text and returns the broken rule. `schema` is the JSON schema of the text.
#[macro_export]
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:path, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Accepts `text` if it follows the rules.
            ///
            /// # Errors
            /// The broken rule.
            pub fn parse(text: &str) -> Result<Self, $crate::Invalid> {
                $check(text).map(|()| Self(text.to_owned()))
            }

            /// Text that was stored, possibly under older rules.
            #[allow(dead_code)]
            pub(crate) fn stored(text: &str) -> Self {
                Self(text.to_owned())
            }

            /// The text as entered.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        $crate::inline_schema!($name, $schema);
    };
}

/// Text without hidden characters, and with at least one that is no blank.
macro_rules! printable {
    () => {
        concat!("[^", hidden!(), "]*[^", hidden!(), blank!(), "][^", hidden!(), "]*")
    };
}

/// The characters of [`is_hidden`], as part of a character class.
macro_rules! hidden {
    () => {
        concat!(
            r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f",
            r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb",
        )
    };
}

/// Blanks and variation selectors, as part of a character class.
macro_rules! blank {
    () => {
        r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufe00-\ufe0f"
    };
}

/// The pattern of [`check_printable`] for text of at least one character, for JSON schemas.
pub const PRINTABLE: &str = concat!("^", printable!(), "$");

/// The pattern of [`check_printable`] for text that may be empty, for JSON schemas.
pub const PRINTABLE_OR_EMPTY: &str = concat!("^(", printable!(), ")?$");

/// Checks that `text` has between `shortest` and `longest` characters, all of them printable, and not only blanks.
/// Characters that show nothing and characters that change the direction of the text are not printable: with them, one
/// name can look like another name, or like none.
///
/// # Errors
/// `rule`, the message for the client, if not.
pub fn check_printable(text: &str, shortest: usize, longest: usize, rule: Invalid) -> Result<(), Invalid> {
    let length = text.chars().count();
    let fits = (shortest..=longest).contains(&length);
    let shows = text.is_empty() || text.chars().any(|c| !c.is_whitespace() && !is_selector(c));
    (fits && shows && !text.chars().any(is_hidden)).then_some(()).ok_or(rule)
}

/// Whether a character only selects a form of the character before it, such as the colour of an emoji.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character is a control character, shows nothing without being a blank, or changes the direction of the text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            // Beyond the patterns, because regular expressions write these characters in different ways.
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_shows_nothing_or_changes_direction_is_refused() {
        let check = |text: &str| check_printable(text, 0, 50, "rule").is_ok();
        for good in [
            "",
            "Ada",
            "Ada Lovelace",
            " Ada ",
            "\u{c9}milie",
            "\u{645}\u{631}\u{6cc}\u{645}",
            "\u{4f60}\u{597d}",
            "\u{1f600}",
            "\u{2764}\u{fe0f}",
        ] {
            assert!(check(good), "{good:?}");
        }
        let blanks = ["\u{20}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{200a}", "\u{202f}", "\u{205f}", "\u{3000}"];
        for blank in blanks {
            assert!(!check(blank) && !check(&blank.repeat(3)) && check(&format!("a{blank}b")), "{blank:?}");
        }
        let hidden = (0..=0xe_ffff).filter_map(char::from_u32).filter(|c| is_hidden(*c));
        let hidden: Vec<char> = hidden.collect();
        assert!(hidden.len() > 90, "{}", hidden.len());
        for bad in hidden {
            assert!(!check(&bad.to_string()) && !check(&format!("a{bad}b")), "{bad:?}");
        }
        assert!(!check("\u{fe0f}") && !check(" \u{e0100} "), "selectors without a character");
        for bad in ['\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{feff}', '\0', '\u{85}', '\u{e0041}'] {
            assert!(is_hidden(bad), "{bad:?}");
        }
    }
}
