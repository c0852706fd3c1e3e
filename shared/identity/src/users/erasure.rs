use auth::{PasswordHash, User, UserId};
use dynamo::{ConditionalUpdate, Erasure, Row, TransactionPart, flag, key, millis, number, text};
use jiff::Timestamp;

use super::account::UsersTable;
use super::table::Users;
use crate::authority::ConfirmsAccount;
use crate::error::{Error, Result};
use crate::login_names::LoginName;

/// An account that is marked for erasure. Only [`Users::marked_for_erasure`] makes one, from the stored mark.
#[derive(Clone, Debug)]
pub struct MarkedAccount {
    erasure: Erasure,
    names: [LoginName; 2],
}

impl MarkedAccount {
    /// The proof for the owners of the account's rows.
    pub fn erasure(&self) -> &Erasure {
        &self.erasure
    }
}

impl Users {
    /// Marks the caller's account for erasure, which closes the account at once: no sign-in, no session. Returns
    /// `false` if the account is marked already, or another call changed the password first.
    ///
    /// # Errors
    /// [`Error::SuperuserAccount`], or when DynamoDB does not answer.
    pub async fn begin_erasure(
        &self,
        user: &User,
        proof: &impl ConfirmsAccount,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool> {
        let change = ConditionalUpdate {
            key: key("id", proof.account()),
            update: "SET #is_active = :false, #epoch = #epoch + :one, #erased_at = :now REMOVE #unverified, #unverified_at",
            condition: "#id = :user_id AND #password_hash = :hash AND #epoch = :epoch AND #is_active = :true \
                        AND #is_superuser = :false",
            values: vec![
                ("user_id", text(user.id())),
                ("hash", text(hash.as_str())),
                ("epoch", number(user.epoch().number)),
                ("true", flag(true)),
                ("false", flag(false)),
                ("one", number(1)),
                ("now", millis(now)),
            ],
        };
        match self.accounts.update(change).await? {
            Ok(_) => Ok(true),
            Err(Some(item)) if Row::new::<UsersTable>(&item).flag("is_superuser")? => Err(Error::SuperuserAccount),
            // An earlier try of this call may have made the change without receiving the response. Only this call sets
            // this time.
            Err(item) => Ok(item.is_some_and(|item| item.get("erased_at") == Some(&millis(now)))),
        }
    }

    /// The account's mark, if any. Reads only what the erasure needs, so that an account with another attribute that
    /// can't be read is erased all the same.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn marked_for_erasure(&self, id: UserId) -> Result<Option<MarkedAccount>> {
        let Some(item) = self.accounts.get(key("id", id)).await? else { return Ok(None) };
        let row = Row::new::<UsersTable>(&item);
        if !row.has("erased_at") {
            return Ok(None);
        }
        Ok(Some(MarkedAccount {
            erasure: Erasure::of_marked(&self.accounts, id),
            names: [LoginName::of_username(row.text("username")?), LoginName::of_email(row.text("email")?)],
        }))
    }

    /// The last step: removes the account, and those of its names that are still its own, which become free again.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn erase(&self, marked: &MarkedAccount) -> Result<()> {
        let mut names: Vec<_> = marked.names.iter().collect();
        // Each turn leaves out at least one name that belongs to another account by now.
        for _ in 0..=marked.names.len() {
            let Err(failed) = self.accounts.db().transact(self.erasing(marked, &names)?).await? else { return Ok(()) };
            // Another worker erased the account a moment ago.
            if failed.part(0) {
                return Ok(());
            }
            names =
                names.into_iter().enumerate().filter(|(at, _)| !failed.part(at + 1)).map(|(_, name)| name).collect();
        }
        Err(dynamo::Error::Refused("the names of an account changed too often".to_owned()).into())
    }

    fn erasing(&self, marked: &MarkedAccount, names: &[&LoginName]) -> dynamo::Result<Vec<TransactionPart>> {
        let id = marked.erasure.user_id();
        let account = self.accounts.delete_part(ConditionalUpdate {
            key: key("id", id),
            update: "",
            condition: "attribute_exists(#erased_at)",
            values: Vec::new(),
        });
        [account].into_iter().chain(names.iter().map(|name| self.release(name, id))).collect()
    }
}
