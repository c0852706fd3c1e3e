use auth::UserId;
use dynamo::{ConditionalUpdate, flag, key, number};

use super::account::Account;
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
    }

    /// Whether the change is empty.
    pub fn is_empty(self) -> bool {
        self.flags().next().is_none()
    }
}

impl Users {
    /// Changes a user's access and returns the changed account, made of what was read before: no further call can fail
    /// after the change. `None` if the account does not exist.
    ///
    /// The same transaction checks that the actor is still an active superuser, and superusers can't change their own
    /// access. So at least one superuser remains, even with concurrent changes.
    ///
    /// # Errors
    /// [`Error::OwnAccount`], [`Error::ActorDemoted`], or when DynamoDB does not answer.
    pub async fn change_access(
        &self,
        by: &impl ManagesUsers,
        target: UserId,
        change: AccessChange,
    ) -> Result<Option<Account>> {
        if by.actor() == Some(target) {
            return Err(Error::OwnAccount);
        }
        let Some(mut account) = self.read(target).await?.filter(|account| !account.is_erased) else { return Ok(None) };
        let mut sets: Vec<String> = change.flags().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let mut values: Vec<_> = change.flags().map(|(name, value)| (name, flag(value))).collect();
        if change.is_active == Some(false) {
            sets.push("#epoch = #epoch + :one".to_owned());
            values.push(("one", number(1)));
        }
        let update = self.accounts.update_part(ConditionalUpdate {
            key: key("id", target),
            update: &format!("SET {}", sets.join(", ")),
            condition: "attribute_exists(#id) AND attribute_not_exists(#erased_at)",
            values,
        })?;
        let mut parts = vec![update];
        if let Some(actor) = by.actor() {
            parts.push(self.accounts.check_part(ConditionalUpdate {
                key: key("id", actor),
                update: "",
                condition: "#is_active = :true AND #is_superuser = :true",
                values: vec![("true", flag(true))],
            })?);
        }
        match self.accounts.db().transact(parts).await? {
            Ok(()) => {
                change.apply(&mut account);
                Ok(Some(account))
            }
            Err(failed) if failed.part(1) => Err(Error::ActorDemoted),
            Err(_) => Ok(None),
        }
    }
}
