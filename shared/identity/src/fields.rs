use api::{Field, Fields, inline_schema};
use auth::{NewPassword, Password};
use dynamo::Invalid;
use zeroize::Zeroizing;

/// Fields with passwords.
pub trait PasswordFields: Fields {
    /// The password of an account, to check.
    fn password(&mut self, name: &'static str) -> Option<Password> {
        self.required_as::<CurrentPassword, _>(name, parse)
    }

    /// The password of an account, to check, as an optional field.
    fn optional_password(&mut self, name: &'static str) -> Option<Option<Password>> {
        self.optional_as::<CurrentPassword, _>(name, parse)
    }

    /// A new password. Its strength is checked when all else is right, because that takes time.
    fn new_password(&mut self, name: &'static str) -> Option<NewPassword> {
        self.required_as::<ChosenPassword, _>(name, |field| {
            let text = Zeroizing::new(field.text()?);
            let new = NewPassword::parse(&text).map_err(|_| LENGTH)?;
            new.check_length().map_err(|_| TOO_SHORT)?;
            Ok(new)
        })
    }
}

impl<F: Fields> PasswordFields for F {}

const TOO_SHORT: Invalid = "must have at least 8 characters";
const LENGTH: Invalid = "must have 1 to 128 characters";

/// Too long text is refused here, before hashing.
fn parse(field: Field<'_>) -> Result<Password, Invalid> {
    let text = Zeroizing::new(field.text()?);
    Password::parse(&text).map_err(|_| LENGTH)
}

struct CurrentPassword;
struct ChosenPassword;

inline_schema!(CurrentPassword, {
    "description": "Its length counts composed characters (Unicode normalization form C).",
    "type": "string",
    "format": "password",
    "minLength": 1,
    "maxLength": Password::LONGEST,
});
inline_schema!(ChosenPassword, {
    "description": "Its length counts composed characters (Unicode normalization form C). A password that is easy to \
                    guess or in a list of leaked passwords is refused, and so is one that is made of the names of the \
                    account or the service.",
    "type": "string",
    "format": "password",
    "minLength": NewPassword::SHORTEST,
    "maxLength": Password::LONGEST,
    "examples": ["seven-wandering-otters"],
});
