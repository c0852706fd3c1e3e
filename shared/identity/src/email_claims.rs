use api::{Context, Part, PartInfo, Permit, Queue, Result, recorded};
use dynamo::LostRaces;
use jiff::Timestamp;

use crate::jobs::ErasureJob;
use crate::mail_tokens::{Redeemed, VerifyEmail};
use crate::notice::Notice;
use crate::notices::Notices;
use crate::users::{Account, EmailClaim, Users};

/// Makes verified emails the accounts' that asked for them.
#[derive(Clone)]
pub struct EmailClaims {
    users: Users,
    erasures: Queue<ErasureJob>,
    notices: Notices,
}

impl EmailClaims {
    /// Makes the email that the owner of `account` asked for the account's. An account that has the email and never
    /// verified it is closed and erased. The old address is told.
    ///
    /// # Errors
    /// As for [`Users::claimable`].
    pub async fn claim(&self, redeemed: &Redeemed<VerifyEmail>, mut account: Account, now: Timestamp) -> Result<()> {
        let mut races = LostRaces::default();
        while let Some(claim) = self.users.claimable(redeemed, &account).await? {
            if let Some(user_id) = claim.closes() {
                self.erasures.send(&ErasureJob::Erase { user_id }, now).await?;
            }
            let notice = Notice::EmailChanged { epoch: account.email_epoch.saturating_add(1) };
            let write = recorded(self.users.claim_email(&claim, now), |outcome| log(&account, &claim, outcome));
            let (claimed, ()) = tokio::join!(write, self.notices.tell(&account, notice, now));
            if claimed? {
                return Ok(());
            }
            races.wait().await?;
            account = self.users.claimant(redeemed).await?;
        }
        Ok(())
    }
}

fn log(account: &Account, claim: &EmailClaim, outcome: Option<&str>) {
    tracing::info!(event = "email_verified", user = %account.profile.id, changed = true, outcome);
    if let Some(closed) = claim.closes() {
        tracing::info!(event = "erasure_began", user = %closed, by = "mailbox", outcome);
    }
}

impl Part for EmailClaims {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self { users: context.part(permit)?, erasures: context.part(permit)?, notices: context.part(permit)? })
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Users as Part>::list(into);
        <Queue<ErasureJob> as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
