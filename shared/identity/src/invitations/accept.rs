use api::{Context, Part, PartInfo, Permit, Queue, Result, recorded};
use auth::{MailToken, NewPassword};
use dynamo::LostRaces;
use jiff::Timestamp;

use super::model::Invitation;
use super::table::Invitations;
use crate::error::Error;
use crate::jobs::ErasureJob;
use crate::mail_tokens::{AcceptInvitation, MailTokens, Redeemed};
use crate::names::{PersonName, Username};
use crate::notice::Notice;
use crate::notices::Notices;
use crate::passwords::NewPasswords;
use crate::users::{Account, Made, NewUser, ProvenEmail, Users};

/// What somebody who accepts an invitation chooses.
#[derive(Clone)]
pub struct NewMember {
    /// The username.
    pub username: Username,
    /// The password.
    pub password: NewPassword,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
}

/// Makes accounts of invitations.
#[derive(Clone)]
pub struct Acceptances {
    invitations: Invitations,
    users: Users,
    tokens: MailTokens,
    passwords: NewPasswords,
    erasures: Queue<ErasureJob>,
    notices: Notices,
}

impl Acceptances {
    /// Makes the account of the invitation whose link was mailed: with a verified email, and without roles. An account
    /// that has the email and never verified it is closed and erased. The same call again, after a lost response, returns
    /// the same account.
    ///
    /// # Errors
    /// [`Error::MailTokenInvalid`], [`Error::UsernameTaken`] or [`Error::EmailTaken`], or as for
    /// [`NewPasswords::check_and_hash_with`], or when DynamoDB does not answer.
    pub async fn accept(&self, token: Option<&MailToken>, new: NewMember, now: Timestamp) -> Result<Account> {
        let redeemed = self.tokens.redeem::<AcceptInvitation>(token, now).await?;
        let Some(invitation) = self.invitations.open(&redeemed, now).await? else {
            return self.accepted_before(&redeemed, &new, now).await;
        };
        let user = self.user(&invitation, &new, now).await?;
        let mut races = LostRaces::default();
        loop {
            let refused = match self.make(&redeemed, &invitation, &user).await? {
                Made::Done(account) => return Ok(*account),
                Made::Taken(error) => Some(error),
                Made::Changed => None,
            };
            // Another call with this token may have been first.
            if self.invitations.open(&redeemed, now).await?.is_none() {
                return self.accepted_before(&redeemed, &new, now).await;
            }
            match refused {
                Some(error) => return Err(error.into()),
                None => races.wait().await?,
            }
        }
    }

    async fn make(
        &self,
        redeemed: &Redeemed<AcceptInvitation>,
        invitation: &Invitation,
        user: &NewUser,
    ) -> Result<Made> {
        let now = user.created_at;
        let proven = match self.users.proven_email(user.email.as_str()).await {
            Err(taken @ Error::EmailTaken) => return Ok(Made::Taken(taken)),
            proven => proven?,
        };
        if let Some(user_id) = proven.closes() {
            self.erasures.send(&ErasureJob::Erase { user_id }, now).await?;
        }
        let write = recorded(self.write(redeemed, user, &proven), |outcome| log(user, &proven, outcome));
        let (made, ()) = tokio::join!(write, self.tell_inviter(invitation, now));
        made
    }

    async fn user(&self, invitation: &Invitation, new: &NewMember, now: Timestamp) -> Result<NewUser> {
        let NewMember { username, password, first_name, last_name } = new.clone();
        let email = invitation.email.clone();
        let hints = [username.as_str(), email.as_str(), first_name.as_str(), last_name.as_str()].map(str::to_owned);
        let password_hash = self.passwords.check_and_hash_with(password, hints.into(), "password").await?;
        Ok(NewUser { id: invitation.id, username, email, first_name, last_name, password_hash, created_at: now })
    }

    /// The account, invitation and names, in one transaction.
    async fn write(
        &self,
        redeemed: &Redeemed<AcceptInvitation>,
        user: &NewUser,
        proven: &ProvenEmail,
    ) -> crate::Result<Made> {
        let used = self.invitations.use_up(user.id, user.created_at)?;
        self.users.create_invited(redeemed, user, proven, used).await
    }

    /// The account, if this very call made it moments ago and its response was lost.
    async fn accepted_before(
        &self,
        redeemed: &Redeemed<AcceptInvitation>,
        new: &NewMember,
        now: Timestamp,
    ) -> Result<Account> {
        let account = self.users.made_by(redeemed, now).await?.ok_or(Error::MailTokenInvalid)?;
        let same = account.profile.username == new.username.as_str();
        match same && self.passwords.is_current(&new.password, &account).await? {
            true => Ok(account),
            false => Err(Error::MailTokenInvalid.into()),
        }
    }

    async fn tell_inviter(&self, invitation: &Invitation, now: Timestamp) {
        if let Some(inviter) = invitation.invited_by {
            let notice = Notice::InvitationAccepted { user: invitation.id, role: invitation.role };
            self.notices.tell_user(inviter, notice, now).await;
        }
    }
}

fn log(user: &NewUser, proven: &ProvenEmail, outcome: Option<&str>) {
    tracing::info!(event = "user_created", user = %user.id, by = "invitation", outcome);
    if let Some(closed) = proven.closes() {
        tracing::info!(event = "erasure_began", user = %closed, by = "mailbox", outcome);
    }
}

impl Part for Acceptances {
    const DATABASE: bool = true;
    const PREWARMS: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            invitations: context.part(permit)?,
            users: context.part(permit)?,
            tokens: context.part(permit)?,
            passwords: context.part(permit)?,
            erasures: context.part(permit)?,
            notices: context.part(permit)?,
        })
    }

    async fn prewarm(&self, context: &Context) -> Result<()> {
        self.passwords.prewarm(context).await
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Invitations as Part>::list(into);
        <Users as Part>::list(into);
        <MailTokens as Part>::list(into);
        <NewPasswords as Part>::list(into);
        <Queue<ErasureJob> as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
