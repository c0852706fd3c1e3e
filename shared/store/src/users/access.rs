use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Account, Users};
use crate::authority::ManagesUsers;
use crate::change::Change;
use crate::db::Table;
use crate::error::{Error, Result};
use crate::row::{key, number};

/// What to change of somebody's access; what is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessChange {
    /// Whether the user may use anything at all. Taking it away ends all sessions, for good.
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

    /// Whether anything would change at all.
    pub fn is_empty(self) -> bool {
        self.flags().next().is_none()
    }
}

impl Users {
    /// Changes what somebody may do, and returns the account as it is then; `None` if there is none. In the same
    /// transaction whoever acts must still be an active superuser, and can't be the one who is changed: so however
    /// many do it at once, one superuser is left.
    ///
    /// # Errors
    /// [`Error::OwnAccount`], [`Error::ActorDemoted`], or when DynamoDB can't answer.
    pub async fn change_access(
        &self,
        by: &impl ManagesUsers,
        target: UserId,
        change: AccessChange,
    ) -> Result<Option<Account>> {
        let mut sets: Vec<String> = change.flags().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let mut values: Vec<_> = change.flags().map(|(name, value)| (name, AttributeValue::Bool(value))).collect();
        if change.is_active == Some(false) {
            sets.push("#epoch = #epoch + :one".to_owned());
            values.push(("one", number(1)));
        }
        let update = self.0.part_update(Change {
            table: Table::Users,
            key: key("id", target),
            update: &format!("SET {}", sets.join(", ")),
            condition: "attribute_exists(#id) AND attribute_not_exists(#erased_at)",
            values,
        })?;
        let mut parts = vec![update];
        if let Some(actor) = by.actor() {
            if actor == target {
                return Err(Error::OwnAccount);
            }
            parts.push(self.0.part_check(Change {
                table: Table::Users,
                key: key("id", actor),
                update: "",
                condition: "#is_active = :true AND #is_superuser = :true",
                values: vec![("true", AttributeValue::Bool(true))],
            })?);
        }
        match self.0.transact(parts).await? {
            Ok(()) => self.read(target).await,
            Err(unmet) if unmet.part(1) => Err(Error::ActorDemoted),
            Err(_) => Ok(None),
        }
    }
}
