use std::sync::Arc;

use api::{Context, Error, Part, PartInfo, Permit, Result, recorded};
use auth::{Clock, Entropy, Password, PasswordCheck, PasswordProof, StepUp, User, random};

use crate::error;
use crate::passwords::Passwords;
use crate::sessions::{AfterWrongPassword, Sessions, WRONG_PASSWORDS};
use crate::users::{Account, LockedAccount};

/// How often a wrong password is counted that others are counted beside. More calls at once than this are refused by the
/// limit.
const TRIES: usize = 8;

/// Checks the password that signed-in users give again, and counts the wrong ones on their session.
#[derive(Clone)]
pub struct OwnPassword {
    passwords: Passwords,
    sessions: Sessions,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl OwnPassword {
    /// The proof that the user knows the account's password. `field` is the password's field.
    ///
    /// # Errors
    /// [`error::Error::PasswordWrong`] when the password is wrong, which counts.
    pub async fn verify(
        &self,
        user: &User,
        password: Password,
        account: &Account,
        field: &'static str,
    ) -> Result<PasswordProof> {
        match self.check(user, password, account).await? {
            Some(proof) => Ok(proof),
            None => Err(self.refuse(user, field).await),
        }
    }

    /// The proof, if the password is right. A wrong password is not counted yet: [`OwnPassword::refuse`] counts it.
    ///
    /// # Errors
    /// [`auth::Error::ReauthenticationRequired`] if the account has a second factor, and the user did not authenticate with
    /// it recently. When the stored hash can't be read, or DynamoDB does not answer.
    pub async fn check(&self, user: &User, password: Password, account: &Account) -> Result<Option<PasswordProof>> {
        if account.profile.id != user.id() {
            return Err(Error::Internal("the account is not the caller's own".to_owned()));
        }
        if account.has_factor() && !user.is_recent() {
            // The password alone confirms nothing: somebody who knows it may lack the second factor.
            return Err(auth::Error::ReauthenticationRequired(StepUp { recent: true, factor: true }).into());
        }
        match self.passwords.check(password, Some(&LockedAccount::new(account.clone()))).await? {
            PasswordCheck::Right { proof, .. } => {
                if user.wrong_passwords() > 0 {
                    self.sessions.forget_wrong_passwords(user, &proof).await?;
                }
                Ok(Some(proof))
            }
            PasswordCheck::Wrong => Ok(None),
        }
    }

    /// Counts a wrong password, before it is answered. Returns the error for the client.
    pub async fn refuse(&self, user: &User, field: &'static str) -> Error {
        self.count(user).await.err().unwrap_or_else(|| error::Error::PasswordWrong { field }.into())
    }

    /// Counts a wrong code, before it is answered. Returns the error for the client: `wrong`, unless the code can't be
    /// counted.
    pub async fn refuse_code(&self, user: &User, wrong: error::Error) -> Error {
        self.count(user).await.err().unwrap_or_else(|| wrong.into())
    }

    async fn count(&self, user: &User) -> Result<()> {
        let mark = random::<8>(&*self.entropy).map_err(auth::Error::from)?;
        let mut before = user.wrong_passwords();
        for _ in 0..TRIES {
            let ends = before.saturating_add(1) >= WRONG_PASSWORDS;
            let count = self.sessions.count_wrong_password(user, before, &mark, self.clock.now());
            let counted = recorded(count, |outcome| {
                if ends {
                    let (user, session) = (user.id(), user.session_id());
                    tracing::info!(event = "session_revoked", %user, %session, by = "wrong_passwords", outcome);
                }
            });
            match counted.await? {
                AfterWrongPassword::Meanwhile(count) => before = count,
                AfterWrongPassword::GoesOn | AfterWrongPassword::Ended | AfterWrongPassword::Over => return Ok(()),
            }
        }
        Err(dynamo::Error::Unavailable("a session changed too often".to_owned()).into())
    }
}

/// The write ended the session, if it was the last one in a row.
impl dynamo::Write for AfterWrongPassword {
    fn written(&self) -> dynamo::Written {
        (*self == AfterWrongPassword::Ended).written()
    }
}

impl Part for OwnPassword {
    const DATABASE: bool = true;
    const PREWARMS: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            passwords: context.part(permit)?,
            sessions: context.part(permit)?,
            clock: context.clock().clone(),
            entropy: context.entropy().clone(),
        })
    }

    async fn prewarm(&self, context: &Context) -> Result<()> {
        self.passwords.prewarm(context).await
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Passwords as Part>::list(into);
        <Sessions as Part>::list(into);
    }
}
