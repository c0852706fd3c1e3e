use api::{Context, Part, PartInfo, Permit, Result};

use crate::error::Error;

/// Who may make an account, from `SIGN_UP`: anyone (`open`), or only people with an invitation (`invited`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Anyone.
    Open,
    /// Only people with an invitation.
    Invited,
}

impl SignUp {
    /// Refuses a sign-up without an invitation, if it needs one.
    ///
    /// # Errors
    /// [`Error::SignUpClosed`].
    pub fn admit(self) -> Result<(), Error> {
        match self {
            SignUp::Open => Ok(()),
            SignUp::Invited => Err(Error::SignUpClosed),
        }
    }
}

impl Part for SignUp {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        match context.settings(permit).environment.required("SIGN_UP")?.as_str() {
            "open" => Ok(SignUp::Open),
            "invited" => Ok(SignUp::Invited),
            _ => Err(api::Error::setting("SIGN_UP", "must be open or invited")),
        }
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "SignUp", tables: &[], variables: &["SIGN_UP"] });
    }
}
