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

/// The pattern of text without control characters, for JSON schemas.
pub const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Checks that `text` has between `shortest` and `longest` characters, and no control character.
///
/// # Errors
/// `rule`, the message for the client, if not.
pub fn check_printable(text: &str, shortest: usize, longest: usize, rule: Invalid) -> Result<(), Invalid> {
    let length = text.chars().count();
    ((shortest..=longest).contains(&length) && !text.chars().any(char::is_control)).then_some(()).ok_or(rule)
}
