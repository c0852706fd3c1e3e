use auth::{PasswordHash, User, UserId, Verified};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{Account, Users};
use crate::change::Change;
use crate::db::Table;
use crate::error::{Error, Result};
use crate::identities::Identity;
use crate::row::{Row, key, millis, number, text};

/// Proof that an account is marked to be erased: everything that it left behind may go. Only [`Users::erasure`] makes
/// one, of what is stored.
#[derive(Clone, Debug)]
pub struct Erasure {
    user_id: UserId,
    names: [Identity; 2],
}

impl Erasure {
    /// Whose account it was.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }
}

impl Users {
    /// Marks the caller's account to be erased. It is dead at once: no sign-in, no session. `false` if it was marked
    /// before, or the password changed meanwhile.
    ///
    /// # Errors
    /// [`Error::SuperuserAccount`], or when DynamoDB can't answer.
    pub async fn begin_erasure(
        &self,
        user: &User,
        proof: &Verified,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool> {
        let change = Change {
            table: Table::Users,
            key: key("id", proof.user_id()),
            update: "SET #is_active = :false, #epoch = #epoch + :one, #erased_at = :now",
            condition: "#id = :user_id AND #password_hash = :hash AND #epoch = :epoch AND #is_active = :true \
                        AND #is_superuser = :false",
            values: vec![
                ("user_id", text(user.id())),
                ("hash", text(hash.as_str())),
                ("epoch", number(user.epoch())),
                ("true", AttributeValue::Bool(true)),
                ("false", AttributeValue::Bool(false)),
                ("one", number(1)),
                ("now", millis(now)),
            ],
        };
        match self.0.update(change).await? {
            Ok(_) => Ok(true),
            Err(Some(item)) if Row::new(Table::Users, &item).flag("is_superuser")? => Err(Error::SuperuserAccount),
            // A try before this one may have done it and lost its answer: the time is of this call alone.
            Err(item) => Ok(item.is_some_and(|item| item.get("erased_at") == Some(&millis(now)))),
        }
    }

    /// The account's mark, if it has one.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn erasure(&self, id: UserId) -> Result<Option<Erasure>> {
        let account = self.read(id).await?.filter(|account| account.is_erased);
        Ok(account.map(|Account { profile, .. }| Erasure {
            user_id: id,
            names: [Identity::of_username(&profile.username), Identity::of_email(&profile.email)],
        }))
    }

    /// Removes the names, which become free again, and the account: the last step.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn erase(&self, erasure: &Erasure) -> Result<()> {
        let account = self.0.part_delete(Change {
            table: Table::Users,
            key: key("id", erasure.user_id),
            update: "",
            condition: "attribute_exists(#erased_at)",
            values: Vec::new(),
        });
        let names = erasure.names.iter().map(|name| self.release(name, erasure.user_id));
        let parts = [account].into_iter().chain(names).collect::<Result<_>>()?;
        match self.0.transact(parts).await? {
            Ok(()) => Ok(()),
            // Somebody else did it a moment ago.
            Err(unmet) if unmet.part(0) => Ok(()),
            Err(_) => Err(Error::Refused("a name of the account is not its own".to_owned())),
        }
    }
}
