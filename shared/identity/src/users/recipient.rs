use auth::UserId;

use super::account::Account;
use super::table::Users;
use super::unverified::UnverifiedAccounts;
#[cfg(feature = "endpoints")]
use crate::notice::Notice;
use dynamo::{Db, Result};
use jiff::{SignedDuration, Timestamp};

/// The addressee of a mail: the owner of an active account. Only [`Recipients::find`] makes one.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub(crate) user_id: UserId,
    pub(crate) epoch: u64,
    pub(crate) email_epoch: u64,
    /// The number of the request for another email, if the recipient is the owner at that email.
    pub(crate) pending_epoch: Option<u64>,
    email: String,
    username: String,
    email_verified: bool,
    never_verified: bool,
    /// The email that the owner asked for, and the number of the request.
    pending: Option<(String, u64)>,
}

impl Recipient {
    /// The account's id.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The username.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether the owner verified the address.
    pub fn email_verified(&self) -> bool {
        self.email_verified
    }

    /// Whether the account gives way to the owner of the mailbox ([`Account::never_verified`]).
    pub fn never_verified(&self) -> bool {
        self.never_verified
    }

    /// The number of the request for another email, if the recipient is the owner at that email.
    pub fn pending_epoch(&self) -> Option<u64> {
        self.pending_epoch
    }

    /// The recipient at the email that the owner asked for, if that is still the latest request.
    pub fn at_pending(self, epoch: u64) -> Option<Self> {
        let (email, _) = self.pending.filter(|(_, latest)| *latest == epoch)?;
        Some(Self {
            email,
            email_verified: false,
            never_verified: false,
            pending_epoch: Some(epoch),
            pending: None,
            ..self
        })
    }
}

/// Looks up the addressees of mails in the table `users`. For workers only: a recipient can be mailed a token that sets a
/// new password.
///
/// ```compile_fail,E0080
/// use api::{Context, Endpoint, Entry, Json, Limit, Result, Route, get};
/// use auth::{Anyone, Public};
/// use identity::Recipients;
///
/// struct Peek;
///
/// impl Endpoint for Peek {
///     const ROUTE: Route = get("/v1/peek");
///     type Access = Public;
///     const LIMITS: &[Limit] = &[];
///     type Uses = (Recipients,);
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, _: Self::Uses, _: Anyone, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// const ENTRY: Entry = Entry::of::<Peek>("peek", "");
/// ```
#[derive(Clone, Debug)]
pub struct Recipients(Users);

impl Recipients {
    /// The recipients of a stack.
    pub fn new(db: &Db) -> Self {
        Self(Users::new(db))
    }

    /// The owner of an active account.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn find(&self, id: UserId) -> Result<Option<Recipient>> {
        Ok(self.0.read(id).await?.filter(|account| account.is_active).map(Recipient::from))
    }

    /// Notes that the first link was sent, or withheld. From then on, the account has some days to be verified.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn first_link_sent(&self, to: &Recipient, now: Timestamp) -> Result<()> {
        UnverifiedAccounts::first_link_sent(&self.0, to.user_id, now).await
    }

    /// Notes that the owner was reminded that the account ends in two days.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn reminded(&self, id: UserId, now: Timestamp) -> Result<()> {
        UnverifiedAccounts::reminded(&self.0, id, now).await
    }

    /// Notes that the reminder was withheld, so that the account is reminded that much later.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn reminder_withheld(&self, id: UserId, later: SignedDuration) -> Result<()> {
        UnverifiedAccounts::reminder_withheld(&self.0, id, later).await
    }

    /// The address to which a notice goes, if the notice is true: `told`, the address that was verified at the time of the
    /// request, or else the present one, if it is verified and the account is active.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    #[cfg(feature = "endpoints")]
    pub async fn address_for(&self, id: UserId, notice: &Notice, told: Option<String>) -> Result<Option<String>> {
        let Some(account) = self.0.read(id).await? else {
            // Erased, so only the notices that lead to that can be true.
            return Ok(told.filter(|_| {
                matches!(notice, Notice::AccountClosed | Notice::EmailAsked { .. } | Notice::EmailChanged { .. })
            }));
        };
        if let Notice::InvitationAccepted { user, .. } = notice
            && !self.0.is_there(*user).await?
        {
            return Ok(None);
        }
        if !is_true(notice, &account) {
            return Ok(None);
        }
        let is_told = account.is_active || (matches!(notice, Notice::Deactivated) && !account.is_erased);
        let present = is_told && account.email_verified;
        Ok(told.or_else(|| present.then_some(account.profile.email)))
    }
}

impl From<Account> for Recipient {
    fn from(account: Account) -> Self {
        let never_verified = account.never_verified();
        let Account { profile, epoch, email_epoch, email_verified, pending_email, pending_epoch, .. } = account;
        Self {
            user_id: profile.id,
            epoch: epoch.number,
            email_epoch,
            pending_epoch: None,
            email: profile.email,
            username: profile.username,
            email_verified,
            never_verified,
            pending: pending_email.map(|email| (email, pending_epoch)),
        }
    }
}

/// Whether the account is as the notice says. Says nothing about sessions and passkeys.
#[cfg(feature = "endpoints")]
fn is_true(notice: &Notice, account: &Account) -> bool {
    match notice {
        Notice::PasswordChanged { at } | Notice::PasswordReset { at } => {
            account.password_set_at().is_some_and(|set| set.as_millisecond() == *at)
        }
        Notice::UsernameChanged { username } => account.profile.username == *username,
        Notice::EmailAsked { epoch } => account.pending_epoch >= *epoch,
        Notice::EmailChanged { epoch } => account.email_epoch >= *epoch,
        Notice::RolesChanged { is_staff, is_superuser } => {
            is_staff.is_none_or(|is| is == account.profile.is_staff)
                && is_superuser.is_none_or(|is| is == account.profile.is_superuser)
        }
        Notice::Deactivated => !account.is_active,
        Notice::AccountClosed => account.is_erased,
        // Only staff is told. Whether the new account is there, is another question.
        Notice::InvitationAccepted { .. } => account.profile.is_staff,
        Notice::FactorAdded { factor } => account.totp == Some(*factor),
        Notice::FactorRemoved { factor } => account.totp != Some(*factor),
        // Told after the fact, or a fact about sessions, passkeys or recovery codes.
        Notice::PasskeyAdded { .. }
        | Notice::PasskeyRemoved { .. }
        | Notice::SignedIn { .. }
        | Notice::SessionReused { .. }
        | Notice::RecoveryCodeUsed { .. }
        | Notice::RecoveryCodesRenewed { .. }
        | Notice::CodesGuessed => true,
    }
}
