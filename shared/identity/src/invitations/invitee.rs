use auth::UserId;
use dynamo::Db;
use jiff::Timestamp;

use super::table::Invitations;
use crate::error::{Error, Result};
use crate::mail_tokens::TokenOwner;
use crate::users::Users;

/// The addressee of an invitation. Only [`Invitees::find`] makes one.
#[derive(Clone, Debug)]
pub struct Invitee {
    id: UserId,
    email: String,
    has_account: bool,
}

impl Invitee {
    /// The address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Whether an account has the address that does not give way to the owner of the mailbox.
    pub fn has_account(&self) -> bool {
        self.has_account
    }
}

/// The account has no row yet, so its epochs are those of a new one.
impl From<&Invitee> for TokenOwner {
    fn from(invitee: &Invitee) -> Self {
        Self { user_id: invitee.id, epoch: 0, email_epoch: 0, pending_epoch: None }
    }
}

/// Looks up the addressees of invitations. For workers only: an invitee can be mailed a token that makes an account.
#[derive(Clone, Debug)]
pub struct Invitees {
    invitations: Invitations,
    users: Users,
}

impl Invitees {
    /// The invitees of a stack.
    pub fn new(db: &Db) -> Self {
        Self { invitations: Invitations::new(db), users: Users::new(db) }
    }

    /// The addressee of an invitation that can still be accepted.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn find(&self, id: UserId, now: Timestamp) -> Result<Option<Invitee>> {
        let Some(invitation) = self.invitations.find(id, now).await? else { return Ok(None) };
        let email = invitation.email.to_string();
        let has_account = match self.users.proven_email(&email).await {
            Ok(_) => false,
            Err(Error::EmailTaken) => true,
            Err(error) => return Err(error),
        };
        Ok(Some(Invitee { id, email, has_account }))
    }
}
