use api::{Act, AuditEntry, Committed, Once};
use auth::UserId;
use dynamo::{
    ConditionalUpdate, Db, Item, LostRaces, Page, PageRequest, Result, TableClient, TransactionPart, Written,
};
use dynamo::{key, number};
use jiff::Timestamp;

use super::model::{Invitation, InvitationsTable};
use crate::authority::Invites;
use crate::mail_tokens::{AcceptInvitation, Redeemed};

/// Table `invitations`.
#[derive(Clone, Debug)]
pub struct Invitations(TableClient<InvitationsTable>);

/// The attributes that the audit has.
const AUDITED: [&str; 2] = ["role", "expires_at"];

fn subject(id: UserId) -> String {
    format!("invitations/{id}")
}

impl Invitations {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Adds an invitation, at most once for each idempotency key. Says nothing about who has the address.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn insert(
        &self,
        act: &Act<'_, impl Invites>,
        invitation: &Invitation,
        once: Option<&Once>,
    ) -> Result<Committed> {
        let item = invitation.item();
        let entry = AuditEntry::of("invitation_created", subject(invitation.id)).created(&item, &AUDITED);
        act.write(self.0.db(), vec![self.0.insert_part(item)?], entry, once).await
    }

    /// The invitations that can still be accepted, in no particular order. Each page has its row in the audit.
    ///
    /// # Errors
    /// [`dynamo::Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn list(
        &self,
        act: &Act<'_, impl Invites>,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Invitation>> {
        // DynamoDB deletes ended items late.
        let read = |item: &Item| Ok(Some(Invitation::read(item)?).filter(|invitation| invitation.expires_at > now));
        let page = self.0.all(page, |id| UserId::parse(id).is_some(), read).await?;
        let shown = page.items.iter().map(|invitation| invitation.id);
        act.read(AuditEntry::of("invitations_listed", "invitations").shown(shown)).await?;
        Ok(page)
    }

    /// Deletes an invitation, if it exists. The mailed links are then useless.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn withdraw(&self, act: &Act<'_, impl Invites>, id: UserId) -> Result<Written> {
        let mut races = LostRaces::default();
        loop {
            let Some(item) = self.0.get(key("id", id)).await? else { return Ok(Written::Unchanged) };
            let entry = AuditEntry::of("invitation_withdrawn", subject(id)).removed(&item, &AUDITED);
            let delete = self.0.delete_part(ConditionalUpdate {
                key: key("id", id),
                update: "",
                condition: "attribute_exists(#id)",
                values: Vec::new(),
            })?;
            match act.write(self.0.db(), vec![delete], entry, None).await? {
                Committed::Done => return Ok(Written::Done),
                _ => races.wait().await?,
            }
        }
    }

    /// The invitation of a mailed token, if it was not withdrawn, accepted or ended.
    pub(super) async fn open(
        &self,
        redeemed: &Redeemed<AcceptInvitation>,
        now: Timestamp,
    ) -> Result<Option<Invitation>> {
        self.find(redeemed.user_id(), now).await
    }

    pub(super) async fn find(&self, id: UserId, now: Timestamp) -> Result<Option<Invitation>> {
        let item = self.0.get(key("id", id)).await?;
        let invitation = item.as_ref().map(Invitation::read).transpose()?;
        Ok(invitation.filter(|invitation| invitation.expires_at > now))
    }

    /// A part of a transaction: the invitation is used up. Its condition: it can still be accepted.
    pub(super) fn use_up(&self, id: UserId, now: Timestamp) -> Result<TransactionPart> {
        self.0.delete_part(ConditionalUpdate {
            key: key("id", id),
            update: "",
            condition: "attribute_exists(#id) AND #expires_at > :now",
            values: vec![("now", number(now.as_second()))],
        })
    }
}
