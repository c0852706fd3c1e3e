use auth::{Roles, User, UserId};
use aws_sdk_dynamodb::types::TransactWriteItem;
use operator::Operator;

use crate::authority::{CreatesUsers, ReadsUsers};
use crate::cursor::Cursor;
use crate::db::{Db, Table};
use crate::error::{Error, Result};
use crate::identities::Identity;
use crate::page::{Page, PageRequest};
use crate::row::{key, text};

mod access;
mod account;
mod credentials;
mod erasure;
mod profile;

pub use access::AccessChange;
pub(crate) use account::epoch;
pub use account::{Account, ManagedProfile, NewUser, OwnProfile, Profile};
pub use credentials::Recipient;
pub use erasure::Erasure;
pub use profile::{IdentityChange, ProfileChange};

/// Table `users`, with `identities` for the uniqueness of its names.
#[derive(Clone, Debug)]
pub struct Users(Db);

const ALL: Cursor<'static> = Cursor { list: "users", partition: "all" };

impl Users {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn me(&self, user: &User) -> Result<Option<Account>> {
        self.read(user.id()).await
    }

    /// Anybody's account, unless it is being erased.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn get(&self, _: &impl ReadsUsers, id: UserId) -> Result<Option<Account>> {
        Ok(self.read(id).await?.filter(|account| !account.is_erased))
    }

    /// All accounts but those that are being erased, in no order that means anything.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor is not one of this list, or when DynamoDB can't answer.
    pub async fn list(&self, _: &impl ReadsUsers, page: &PageRequest) -> Result<Page<Account>> {
        let after = |cursor: &str| -> Result<_> {
            let [id] = ALL.decode::<1>(cursor)?;
            Ok(key("id", UserId::parse(&id).ok_or(Error::Cursor)?))
        };
        let mut start = page.cursor.as_deref().map(after).transpose()?;
        let mut accounts = Vec::new();
        loop {
            let wanted = i32::from(page.limit) + 1 - i32::try_from(accounts.len()).unwrap_or(i32::MAX);
            let scan = self.0.client.scan().table_name(self.0.name(Table::Users)).consistent_read(true);
            let answer = scan.limit(wanted).set_exclusive_start_key(start.take()).send().await?;
            for item in answer.items.unwrap_or_default() {
                accounts.push(Account::read(&item)?);
            }
            accounts.retain(|account| !account.is_erased);
            start = answer.last_evaluated_key;
            if start.is_none() || accounts.len() > usize::from(page.limit) {
                return Ok(Page::cut(accounts, page.limit, |last| ALL.encode(&[&last.profile.id.to_string()])));
            }
        }
    }

    /// An account whose owner is still to be proved, to go on with a session.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn credentials(&self, id: UserId) -> Result<Option<Account>> {
        self.read(id).await
    }

    async fn read(&self, id: UserId) -> Result<Option<Account>> {
        let get = self.0.client.get_item().table_name(self.0.name(Table::Users)).set_key(Some(key("id", id)));
        let answer = get.consistent_read(true).send().await?;
        answer.item.as_ref().map(Account::read).transpose()
    }

    /// Creates an account without roles, if both its names are free.
    ///
    /// # Errors
    /// [`Error::UsernameTaken`], [`Error::EmailTaken`], or when DynamoDB can't answer.
    pub async fn create(&self, _: &impl CreatesUsers, new: &NewUser) -> Result<Account> {
        self.insert(new, Roles::default(), false).await
    }

    /// Creates an account with roles, which no request can, and with an email that counts as verified.
    ///
    /// # Errors
    /// As for [`Users::create`].
    pub async fn create_with_roles(&self, _: &Operator, new: &NewUser, roles: Roles) -> Result<Account> {
        self.insert(new, roles, true).await
    }

    async fn insert(&self, new: &NewUser, roles: Roles, email_verified: bool) -> Result<Account> {
        let item = new.item(roles, email_verified);
        let account = Account::read(&item)?;
        let parts = vec![
            self.0.part_insert(Table::Users, "id", item)?,
            self.claim(&Identity::from(&new.username), new.id)?,
            self.claim(&Identity::from(&new.email), new.id)?,
        ];
        match self.0.transact(parts).await? {
            Ok(()) => Ok(account),
            Err(unmet) if unmet.part(1) => Err(Error::UsernameTaken),
            Err(unmet) if unmet.part(2) => Err(Error::EmailTaken),
            Err(_) => Err(Error::Refused("the user's id is taken".to_owned())),
        }
    }

    /// A part of a transaction: the name becomes the user's, if it is nobody's.
    fn claim(&self, name: &Identity, user: UserId) -> Result<TransactWriteItem> {
        let mut item = name.key();
        item.insert("user_id".to_owned(), text(user));
        self.0.part_insert(Table::Identities, "identity", item)
    }
}
