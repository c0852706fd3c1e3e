use api::{Field, Fields, inline_schema};
use auth::{MailedCode, Methods, RecoveryCode, TotpSecret};
use dynamo::Invalid;
use zeroize::Zeroizing;

use crate::error::Error;

/// A response of a passkey, as the client sent it: a JSON object.
pub struct PasskeyResponse(String);

impl PasskeyResponse {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What a user gives for the second factor.
pub enum SecondFactorCode {
    /// A code of the authenticator app.
    App(Zeroizing<String>),
    /// A recovery code. `None` for text that can't be one.
    Recovery(Option<RecoveryCode>),
    /// A response of a passkey.
    Passkey(PasskeyResponse),
}

impl SecondFactorCode {
    /// The field that the code was given in.
    pub const fn field(&self) -> &'static str {
        match self {
            SecondFactorCode::App(_) => CODE,
            SecondFactorCode::Recovery(_) => RECOVERY_CODE,
            SecondFactorCode::Passkey(_) => PASSKEY,
        }
    }

    /// The error of a wrong one.
    pub fn wrong(&self) -> Error {
        wrong(self.field())
    }

    /// The ways in which a user authenticates with the password and this.
    pub(super) fn after_password(&self) -> Methods {
        match self {
            SecondFactorCode::App(_) | SecondFactorCode::Recovery(_) => Methods::password_and_code(),
            SecondFactorCode::Passkey(_) => Methods::password_and_passkey(),
        }
    }

    /// The ways in which a user authenticates with this alone, in a session.
    pub(super) fn in_session(&self) -> Methods {
        match self {
            SecondFactorCode::App(_) | SecondFactorCode::Recovery(_) => Methods::password_and_code(),
            SecondFactorCode::Passkey(_) => Methods::passkey(),
        }
    }

    /// Whether somebody can guess it.
    pub(super) const fn can_be_guessed(&self) -> bool {
        !matches!(self, SecondFactorCode::Passkey(_))
    }

    /// The kind of code, for the log.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            SecondFactorCode::App(_) => APP,
            SecondFactorCode::Recovery(_) => RECOVERY_CODE,
            SecondFactorCode::Passkey(_) => PASSKEY,
        }
    }
}

/// The kind of a code of the app, in the log.
pub(super) const APP: &str = "totp";
/// The field of a code of the app.
pub(super) const CODE: &str = "code";
/// The field of a recovery code.
const RECOVERY_CODE: &str = "recovery_code";
/// The field of a passkey's response, beside a password or in a session.
const PASSKEY: &str = "passkey";
/// The field of a passkey's response, where nothing else is given.
pub(super) const CREDENTIAL: &str = "credential";

/// The error of something wrong in this field.
pub(super) fn wrong(field: &'static str) -> Error {
    if field == PASSKEY { Error::PasskeyInvalid { field } } else { Error::CodeWrong { field } }
}

/// Fields with codes.
pub trait FactorFields: Fields {
    /// A code of the authenticator app.
    fn app_code(&mut self) -> Option<Zeroizing<String>> {
        self.required_as::<AppCode, _>(CODE, |field| six_digits(field.text()?))
    }

    /// The code that was mailed, as an optional field. The inner `None` stands for text that can't be one.
    fn mailed_code(&mut self) -> Option<Option<Option<MailedCode>>> {
        self.optional_as::<TypedMailedCode, _>("mailed_code", |field| {
            Ok(MailedCode::parse(&Zeroizing::new(field.text()?)))
        })
    }

    /// The response of a new passkey.
    fn new_passkey(&mut self) -> Option<PasskeyResponse> {
        self.required_as::<RegistrationResponse, _>(CREDENTIAL, response)
    }

    /// The response of a passkey that signs in.
    fn passkey(&mut self) -> Option<PasskeyResponse> {
        self.required_as::<AuthenticationResponse, _>(CREDENTIAL, response)
    }

    /// `code`, `recovery_code` or `passkey`, all as optional fields. The body must require one.
    fn second_factor(&mut self) -> Option<Option<SecondFactorCode>> {
        let app = self.optional_as::<AppCode, _>(CODE, |field| six_digits(field.text()?));
        let recovery = self.optional_as::<TypedRecoveryCode, _>(RECOVERY_CODE, |field| {
            Ok(RecoveryCode::parse(&Zeroizing::new(field.text()?)))
        });
        let passkey = self.optional_as::<AuthenticationResponse, _>(PASSKEY, response);
        let code = app?.map(SecondFactorCode::App).or(recovery?.map(SecondFactorCode::Recovery));
        Some(code.or(passkey?.map(SecondFactorCode::Passkey)))
    }
}

impl<F: Fields> FactorFields for F {}

fn six_digits(text: String) -> Result<Zeroizing<String>, Invalid> {
    let text = Zeroizing::new(text);
    let right = text.len() == usize::from(TotpSecret::DIGITS) && text.bytes().all(|c| c.is_ascii_digit());
    right.then_some(text).ok_or("must have six digits")
}

fn response(field: Field<'_>) -> Result<PasskeyResponse, Invalid> {
    Ok(PasskeyResponse(field.object(passkeys::MOST_BYTES)?.to_owned()))
}

struct AppCode;
pub(super) struct TypedRecoveryCode;
struct TypedMailedCode;
struct RegistrationResponse;
struct AuthenticationResponse;

inline_schema!(AppCode, {
    "description": "The code that the authenticator app shows.",
    "type": "string",
    "pattern": "^[0-9]{6}$",
    "examples": ["492039"],
});
inline_schema!(TypedRecoveryCode, {
    "description": "A recovery code. Case, dashes and spaces don't matter.",
    "type": "string",
    "examples": ["IFBE-GRCF-I5EE-SS2M-JVHE-6UCR-KJJ"],
});
inline_schema!(RegistrationResponse, {
    "description": "A `RegistrationResponseJSON`: the `toJSON()` of what `navigator.credentials.create()` returned.",
    "type": "object",
    "required": ["id"],
    "properties": { "id": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" } },
});
inline_schema!(AuthenticationResponse, {
    "description": "An `AuthenticationResponseJSON`: the `toJSON()` of what `navigator.credentials.get()` returned.",
    "type": "object",
    "required": ["id"],
    "properties": { "id": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" } },
});
inline_schema!(TypedMailedCode, {
    "description": "The code that was mailed. Case, dashes and spaces don't matter.",
    "type": "string",
    "examples": ["MFRG-GZDF"],
});
