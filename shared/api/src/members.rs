use auth::Password;
use schemars::JsonSchema;
use serde_json::value::RawValue;
use store::Invalid;
use zeroize::Zeroizing;

/// The members of a JSON object, each taken once by name. A body takes them from what was sent; asked in the same way
/// by a [`Sketch`](crate::Sketch) it says what may be sent, so that its description can't drift from what it reads.
pub trait Members {
    /// A member that may be absent: `Some(None)`. `None` if `parse` refuses it. `D` describes it.
    fn optional_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Member<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>>;

    /// A member that must be there. `None` if it is not, or `parse` refuses it. `D` describes it.
    fn required_as<D: JsonSchema, T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Member<'_>) -> Result<T, Invalid>,
    ) -> Option<T>;

    /// Any text, which must be there; `example` is one for the description.
    fn text(&mut self, name: &'static str, example: &'static str) -> Option<String>;

    /// At least one of these must be there.
    fn at_least_one_of(&mut self, names: &[&'static str]);

    /// With any of `names`, `other` must be there too.
    fn needed_with(&mut self, names: &[&'static str], other: &'static str);

    /// Says what is wrong with a member, or with the body as a whole if `name` is empty.
    fn refuse(&mut self, name: &str, message: Invalid);

    /// [`Members::optional_as`], described by its own type.
    fn optional<T: JsonSchema>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Member<'_>) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        self.optional_as::<T, T>(name, parse)
    }

    /// [`Members::required_as`], described by its own type.
    fn required<T: JsonSchema>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Member<'_>) -> Result<T, Invalid>,
    ) -> Option<T> {
        self.required_as::<T, T>(name, parse)
    }

    /// The password of an account, to be checked.
    fn password(&mut self, name: &'static str) -> Option<Password> {
        self.required_as::<GivenPassword, _>(name, |member| member.password())
    }

    /// The same, if it is there.
    fn optional_password(&mut self, name: &'static str) -> Option<Option<Password>> {
        self.optional_as::<GivenPassword, _>(name, |member| member.password())
    }

    /// A password to be set: whether it is hard enough to guess is found out later.
    fn new_password(&mut self, name: &'static str) -> Option<Password> {
        self.required_as::<NewPassword, _>(name, |member| member.password())
    }
}

/// The value of one member, as it was written.
#[derive(Clone, Copy)]
pub struct Member<'a>(pub(crate) &'a RawValue);

impl Member<'_> {
    /// A string.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn text(&self) -> Result<String, Invalid> {
        serde_json::from_str(self.0.get()).map_err(|_| "must be a string")
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn flag(&self) -> Result<bool, Invalid> {
        serde_json::from_str(self.0.get()).map_err(|_| "must be true or false")
    }

    /// A password, as somebody gave it: nothing is hashed of what can't be one.
    fn password(&self) -> Result<Password, Invalid> {
        let text = Zeroizing::new(self.text()?);
        Password::parse(&text).map_err(|_| "must have 1 to 128 characters")
    }

    /// A decimal number, in a string or as a JSON number: its text, which no binary float ever touches.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn decimal(&self) -> Result<String, Invalid> {
        let raw = self.0.get();
        match raw.bytes().next() {
            Some(b'"') => self.text(),
            Some(b'-' | b'0'..=b'9') => Ok(raw.to_owned()),
            _ => Err("must be a decimal, as a string or a number"),
        }
    }
}

struct GivenPassword;
struct NewPassword;

store::inline_schema!(GivenPassword, {
    "description": "Its length counts composed characters (Unicode normalization form C).",
    "type": "string",
    "format": "password",
    "minLength": 1,
    "maxLength": Password::LONGEST,
});
store::inline_schema!(NewPassword, {
    "description": "Its length counts composed characters (Unicode normalization form C). Refused when it is too easy to \
                    guess, as what follows from the account's own names.",
    "type": "string",
    "format": "password",
    "minLength": Password::SHORTEST,
    "maxLength": Password::LONGEST,
    "examples": ["seven-wandering-otters"],
});
