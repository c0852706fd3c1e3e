use api::{Act, AuditEntry, Committed};
use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{ConditionalUpdate, Edited, Item, LostRaces, TransactionPart, flag, key, number};

use super::account::Account;
use super::managed::subject;
use super::table::Users;
use crate::authority::ManagesUsers;
use crate::error::{Error, Result};

/// A change to a user's access. `None` leaves a flag as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessChange {
    /// Whether the user may sign in. `false` ends all sessions permanently.
    pub is_active: Option<bool>,
    /// Whether the user is staff.
    pub is_staff: Option<bool>,
    /// Whether the user is a superuser.
    pub is_superuser: Option<bool>,
}

impl AccessChange {
    fn flags(self) -> impl Iterator<Item = (&'static str, bool)> {
        let flags = [("is_active", self.is_active), ("is_staff", self.is_staff), ("is_superuser", self.is_superuser)];
        flags.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    fn apply(self, account: &mut Account) {
        account.is_active = self.is_active.unwrap_or(account.is_active);
        account.profile.is_staff = self.is_staff.unwrap_or(account.profile.is_staff);
        account.profile.is_superuser = self.is_superuser.unwrap_or(account.profile.is_superuser);
        account.version = account.version.saturating_add(1);
    }

    /// The attributes in which the account differs after the change.
    fn changes(self, item: &Item) -> Vec<(&'static str, AttributeValue)> {
        let values = self.flags().map(|(name, value)| (name, flag(value)));
        values.filter(|(name, value)| item.get(*name) != Some(value)).collect()
    }

    /// Whether the change is empty.
    pub fn is_empty(self) -> bool {
        self.flags().next().is_none()
    }
}

/// An account after a change of access.
#[derive(Clone, Debug)]
pub struct ChangedAccess {
    /// The account.
    pub account: Account,
    /// Whether a role changed, and not only whether the user may sign in.
    pub changed_roles: bool,
    /// Whether the account was open before, and is closed now.
    pub was_closed: bool,
}

impl ChangedAccess {
    fn of(account: Account, changes: &[(&str, AttributeValue)]) -> Option<Self> {
        let changed_roles = changes.iter().any(|(name, _)| *name != "is_active");
        let was_closed = changes.contains(&("is_active", flag(false)));
        Some(Self { account, changed_roles, was_closed })
    }
}

/// The epoch after a change. An account that is closed ends all its sessions.
fn next_epoch(account: &Account, changes: &[(&str, AttributeValue)]) -> u64 {
    let closes = changes.contains(&("is_active", flag(false)));
    if closes { account.epoch.next() } else { account.epoch.number }
}

impl Users {
    /// Changes a user's access and returns the account, made of what was read before: no further call can fail after the
    /// change. `None` if the account does not exist. A change to what is so already changes nothing.
    ///
    /// The same transaction checks that the actor is still an active superuser, and superusers can't change their own
    /// access. So at least one superuser remains, even with concurrent changes.
    ///
    /// # Errors
    /// [`Error::OwnAccount`], [`Error::ActorDemoted`], or when DynamoDB does not answer.
    pub async fn change_access(
        &self,
        act: &Act<'_, impl ManagesUsers>,
        target: UserId,
        change: AccessChange,
    ) -> Result<Edited<Option<ChangedAccess>>> {
        if act.by().actor() == Some(target) {
            return Err(Error::OwnAccount);
        }
        let mut races = LostRaces::default();
        loop {
            let Some(item) = self.item(target).await? else { return Ok(Edited::unchanged(None)) };
            let mut account = Account::read(&item)?;
            let changes = change.changes(&item);
            match () {
                () if account.is_erased => return Ok(Edited::unchanged(None)),
                () if changes.is_empty() => return self.shown_unchanged(act, account).await,
                () => {}
            }
            let entry = AuditEntry::of("roles_changed", subject(target)).edited(&item, &changes);
            let parts = self.access_parts(act.by(), &item, changes.clone())?;
            match act.write(self.accounts.db(), parts, entry, None).await? {
                Committed::Done => {
                    change.apply(&mut account);
                    return Ok(Edited::done(ChangedAccess::of(account, &changes)));
                }
                Committed::Failed(failed) if failed.part(1) => return Err(Error::ActorDemoted),
                _ => races.wait().await?,
            }
        }
    }

    /// The account as it is. Showing it is a read, and has its row: in a transaction of its own, because callers that change
    /// accounts may write the audit in no other way.
    async fn shown_unchanged(
        &self,
        act: &Act<'_, impl ManagesUsers>,
        account: Account,
    ) -> Result<Edited<Option<ChangedAccess>>> {
        let id = account.profile.id;
        let entry = AuditEntry::of("users_read", subject(id)).shown([id]);
        match act.write(self.accounts.db(), Vec::new(), entry, None).await? {
            Committed::Done => Ok(Edited::unchanged(ChangedAccess::of(account, &[]))),
            _ => Err(dynamo::Error::Refused("a row of the audit has a key that is taken".to_owned()).into()),
        }
    }

    /// The change, and the check of the actor.
    fn access_parts(
        &self,
        by: &impl ManagesUsers,
        item: &Item,
        mut changes: Vec<(&'static str, AttributeValue)>,
    ) -> Result<Vec<TransactionPart>> {
        // With the epoch, the change fails if the account was closed or erased after it was read.
        changes.push(("epoch", number(next_epoch(&Account::read(item)?, &changes))));
        let mut parts = vec![self.accounts.edit_part(item, &changes)?];
        if let Some(actor) = by.actor() {
            parts.push(self.accounts.check_part(ConditionalUpdate {
                key: key("id", actor),
                update: "",
                condition: "#is_active = :true AND #is_superuser = :true",
                values: vec![("true", flag(true))],
            })?);
        }
        Ok(parts)
    }
}
