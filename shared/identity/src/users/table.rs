use auth::{Reason, Roles, User, UserId};
use dynamo::{Db, FailedConditions, Item, TableClient, TransactionPart, key, text};
use operator::Operator;

use super::account::{Account, NewUser, UserRecord, UsersTable};
use super::locked::LockedAccount;
use crate::authority::CreatesUsers;
use crate::error::{Error, Result};
use crate::login_names::{LoginName, LoginNamesTable};

/// Table `users`, with `identities` for the uniqueness of its names.
#[derive(Clone, Debug)]
pub struct Users {
    pub(super) accounts: TableClient<UsersTable>,
    pub(super) names: TableClient<LoginNamesTable>,
}

impl Users {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self { accounts: db.table(), names: db.table() }
    }

    /// The caller's own account as it was when the caller was admitted. Makes no call, because the guard keeps the item
    /// that it read. (A guard over another store of accounts keeps none. Then this is [`Users::me_now`].) A write that
    /// depends on the account needs a condition, because the account may have changed since.
    ///
    /// # Errors
    /// When an attribute of the item can't be read, or as for [`Users::me_now`].
    pub async fn me(&self, user: &User) -> Result<Account> {
        match user.record::<UserRecord>() {
            Some(UserRecord(item)) => Ok(Account::read(item)?),
            None => self.me_now(user).await,
        }
    }

    /// The caller's own account as it is now. For a call that lost a race, to which [`Users::me`] would return the same
    /// account again.
    ///
    /// # Errors
    /// [`auth::Error::TokenInvalid`] when the account was deleted after the caller was admitted. An error of the database
    /// when DynamoDB does not answer.
    pub async fn me_now(&self, user: &User) -> Result<Account> {
        let gone = || auth::Error::TokenInvalid(Reason::UserUnknown);
        Ok(self.read(user.id()).await?.ok_or_else(gone)?)
    }

    /// The account that a command of the operator names. What the command does with it is written down by its own act.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn resolve(&self, _: &Operator, id: UserId) -> dynamo::Result<Option<Account>> {
        Ok(self.read(id).await?.filter(|account| !account.is_erased))
    }

    /// An account before its owner is authenticated.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn credentials(&self, id: UserId) -> dynamo::Result<Option<LockedAccount>> {
        Ok(self.read(id).await?.map(LockedAccount::new))
    }

    #[cfg(feature = "endpoints")]
    pub(crate) fn db(&self) -> &Db {
        self.accounts.db()
    }

    pub(super) async fn read(&self, id: UserId) -> dynamo::Result<Option<Account>> {
        self.item(id).await?.as_ref().map(Account::read).transpose()
    }

    pub(super) async fn item(&self, id: UserId) -> dynamo::Result<Option<Item>> {
        self.accounts.get(key("id", id)).await
    }

    /// Creates an account without roles, if username and email are free.
    ///
    /// # Errors
    /// [`Error::UsernameTaken`], [`Error::EmailTaken`], or when DynamoDB can't answer.
    pub async fn create(&self, _: &impl CreatesUsers, new: &NewUser) -> Result<Account> {
        let item = new.item(Roles::default(), false);
        let account = Account::read(&item)?;
        match self.accounts.db().transact(self.creation(new, item)?).await? {
            Ok(()) => Ok(account),
            Err(failed) => Err(not_created(&failed)),
        }
    }

    /// The item of a new account, and its names.
    pub(super) fn creation(&self, new: &NewUser, item: Item) -> Result<Vec<TransactionPart>> {
        Ok(vec![
            self.accounts.insert_part(item)?,
            self.claim(&LoginName::from(&new.username), new.id)?,
            self.claim(&LoginName::from(&new.email), new.id)?,
        ])
    }

    /// A part of a transaction: the name becomes the user's, if it is free.
    pub(super) fn claim(&self, name: &LoginName, user: UserId) -> Result<TransactionPart> {
        let mut item = name.key();
        item.insert("user_id".to_owned(), text(user));
        Ok(self.names.insert_part(item)?)
    }
}

/// The error of a creation that was refused.
pub(super) fn not_created(failed: &FailedConditions) -> Error {
    match () {
        () if failed.part(1) => Error::UsernameTaken,
        () if failed.part(2) => Error::EmailTaken,
        () => dynamo::Error::Refused("the user's id is taken".to_owned()).into(),
    }
}
