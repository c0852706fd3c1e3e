use auth::UserId;
use dynamo::{Db, Item, Result, Row, Table, TableClient, key};

use crate::names::{Email, Username};

/// A name that identifies a user: a username or an email. ASCII case does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LoginName(String);

/// Upper bound on the length of looked-up text. No username or email is longer.
const LONGEST: usize = 254;

impl LoginName {
    /// The name that was typed to sign in. Text with an `@` is an email. Impossible names are looked up too, under a
    /// name that does not exist, so that every lookup takes the same time.
    pub fn of_sign_in(text: &str) -> Self {
        let plausible = !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|c| c.is_ascii_graphic());
        let kind = if text.contains('@') { "email" } else { "username" };
        if plausible { Self::new(kind, text) } else { Self::new("nobody", "") }
    }

    fn new(kind: &str, text: &str) -> Self {
        Self(format!("{kind}:{}", text.to_ascii_lowercase()))
    }

    /// A stored username.
    pub(crate) fn of_username(text: &str) -> Self {
        Self::new("username", text)
    }

    /// A stored email.
    pub(crate) fn of_email(text: &str) -> Self {
        Self::new("email", text)
    }

    /// The normalized name, which is unique.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn key(&self) -> Item {
        key("identity", &self.0)
    }
}

impl From<&Username> for LoginName {
    fn from(username: &Username) -> Self {
        Self::new("username", username.as_str())
    }
}

impl From<&Email> for LoginName {
    fn from(email: &Email) -> Self {
        Self::new("email", email.as_str())
    }
}

/// Table `identities`: the user of each username and email.
#[derive(Clone, Debug)]
pub struct LoginNames(TableClient<LoginNamesTable>);

#[derive(Debug)]
pub(crate) struct LoginNamesTable;

impl Table for LoginNamesTable {
    const NAME: &'static str = "identities";
    const KEY: &'static [&'static str] = &["identity"];
}

impl LoginNames {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// The user with this name, if there is one.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn find(&self, name: &LoginName) -> Result<Option<UserId>> {
        let item = self.0.get(name.key()).await?;
        item.map(|item| Row::new::<LoginNamesTable>(&item).user_id("user_id")).transpose()
    }
}
