use auth::UserId;

use crate::db::{Db, Item, Table};
use crate::error::Result;
use crate::names::{Email, Username};
use crate::row::{Row, key};

/// A name that leads to a user: a username or an email, without regard to ASCII case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity(String);

/// Longest text that is looked up; no username or email is longer.
const LONGEST: usize = 254;

impl Identity {
    /// What somebody typed to sign in: with an `@` it is an email. What nobody can be called is looked up all the same,
    /// under a name that nobody has.
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

    /// The name in the form in which it is unique.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn key(&self) -> Item {
        key("identity", &self.0)
    }
}

impl From<&Username> for Identity {
    fn from(username: &Username) -> Self {
        Self::new("username", username.as_str())
    }
}

impl From<&Email> for Identity {
    fn from(email: &Email) -> Self {
        Self::new("email", email.as_str())
    }
}

/// Table `identities`: whose a username or an email is.
#[derive(Clone, Debug)]
pub struct Identities(Db);

impl Identities {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// Whose the name is, if it is anybody's.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn find(&self, identity: &Identity) -> Result<Option<UserId>> {
        let get = self.0.client.get_item().table_name(self.0.name(Table::Identities));
        let answer = get.set_key(Some(identity.key())).consistent_read(true).send().await?;
        answer.item.map(|item| Row::new(Table::Identities, &item).user_id("user_id")).transpose()
    }
}
