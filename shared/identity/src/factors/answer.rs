use api::{Fields, inline_schema};
use auth::{MailedCode, RecoveryCode, TotpSecret};
use dynamo::Invalid;
use zeroize::Zeroizing;

/// A code that a user gives for the second factor.
pub enum SecondFactorCode {
    /// A code of the authenticator app.
    App(Zeroizing<String>),
    /// A recovery code. `None` for text that can't be one.
    Recovery(Option<RecoveryCode>),
}

impl SecondFactorCode {
    /// The field that the code was given in.
    pub const fn field(&self) -> &'static str {
        match self {
            SecondFactorCode::App(_) => CODE,
            SecondFactorCode::Recovery(_) => RECOVERY_CODE,
        }
    }
}

impl SecondFactorCode {
    /// The kind of code, for the log.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            SecondFactorCode::App(_) => APP,
            SecondFactorCode::Recovery(_) => RECOVERY_CODE,
        }
    }
}

/// The kind of a code of the app, in the log.
pub(super) const APP: &str = "totp";
/// The field of a code of the app.
pub(super) const CODE: &str = "code";
/// The field of a recovery code.
const RECOVERY_CODE: &str = "recovery_code";

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

    /// `code` or `recovery_code`, both as optional fields. The body must require one.
    fn second_factor(&mut self) -> Option<Option<SecondFactorCode>> {
        let app = self.optional_as::<AppCode, _>(CODE, |field| six_digits(field.text()?));
        let recovery = self.optional_as::<TypedRecoveryCode, _>(RECOVERY_CODE, |field| {
            Ok(RecoveryCode::parse(&Zeroizing::new(field.text()?)))
        });
        let (app, recovery) = (app?, recovery?);
        Some(app.map(SecondFactorCode::App).or(recovery.map(SecondFactorCode::Recovery)))
    }
}

impl<F: Fields> FactorFields for F {}

fn six_digits(text: String) -> Result<Zeroizing<String>, Invalid> {
    let text = Zeroizing::new(text);
    let right = text.len() == usize::from(TotpSecret::DIGITS) && text.bytes().all(|c| c.is_ascii_digit());
    right.then_some(text).ok_or("must have six digits")
}

struct AppCode;
struct TypedRecoveryCode;
struct TypedMailedCode;

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
inline_schema!(TypedMailedCode, {
    "description": "The code that was mailed. Case, dashes and spaces don't matter.",
    "type": "string",
    "examples": ["MFRG-GZDF"],
});
