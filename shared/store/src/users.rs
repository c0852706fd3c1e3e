use std::time::Duration;

use auth::{PasswordHash, Roles, User, UserId, Verified};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem};
use jiff::Timestamp;
use operator::Operator;
use serde::Serialize;

use crate::authority::{CreatesUsers, ReadsUsers};
use crate::db::{Db, Item, Table};
use crate::error::{Error, Result, conditional};
use crate::identities::Identity;
use crate::names::{Email, PersonName, Username};
use crate::row::{Row, key, millis, number, text};

/// A sign-up that ran into another transaction is tried again after these pauses.
const RETRY_AFTER: [Duration; 4] =
    [Duration::from_millis(10), Duration::from_millis(40), Duration::from_millis(160), Duration::from_millis(320)];

/// What a user may see of an account.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    /// The user's id.
    pub id: UserId,
    /// The username, as entered.
    pub username: String,
    /// The email, as entered.
    pub email: String,
    /// First name, possibly empty.
    pub first_name: String,
    /// Last name, possibly empty.
    pub last_name: String,
    /// Whether the user is staff.
    pub is_staff: bool,
    /// Whether the user is a superuser.
    pub is_superuser: bool,
}

/// An account as it is kept.
#[derive(Clone, Debug)]
pub struct Account {
    /// What may be shown.
    pub profile: Profile,
    /// Whether the user may use anything at all.
    pub is_active: bool,
    /// Raised to end all sessions at once.
    pub epoch: u64,
    /// The password's hash.
    pub password_hash: PasswordHash,
}

impl Account {
    /// The roles held.
    pub fn roles(&self) -> Roles {
        Roles { is_staff: self.profile.is_staff, is_superuser: self.profile.is_superuser }
    }

    fn read(item: &Item) -> Result<Self> {
        let row = Row::new(Table::Users, item);
        let profile = Profile {
            id: row.user_id("id")?,
            username: row.text("username")?.to_owned(),
            email: row.text("email")?.to_owned(),
            first_name: row.text("first_name")?.to_owned(),
            last_name: row.text("last_name")?.to_owned(),
            is_staff: row.flag("is_staff")?,
            is_superuser: row.flag("is_superuser")?,
        };
        Ok(Self {
            profile,
            is_active: row.flag("is_active")?,
            epoch: row.number("epoch")?,
            password_hash: PasswordHash::stored(row.text("password_hash")?),
        })
    }
}

/// An account to be.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// The username, unique without regard to ASCII case.
    pub username: Username,
    /// The email, unique without regard to ASCII case.
    pub email: Email,
    /// First name.
    pub first_name: PersonName,
    /// Last name.
    pub last_name: PersonName,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// The time of creation.
    pub created_at: Timestamp,
}

/// Table `users`, with `identities` for the uniqueness of its names.
#[derive(Clone, Debug)]
pub struct Users(Db);

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

    /// Anybody's account.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn get(&self, _: &impl ReadsUsers, id: UserId) -> Result<Option<Account>> {
        self.read(id).await
    }

    /// An account whose owner is still to be proved: for signing in, and for going on with a session.
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
    pub async fn create(&self, _: &impl CreatesUsers, new: NewUser) -> Result<Profile> {
        self.insert(new, Roles::default()).await
    }

    /// Creates an account with roles, which no request can.
    ///
    /// # Errors
    /// As for [`Users::create`].
    pub async fn create_with_roles(&self, _: &Operator, new: NewUser, roles: Roles) -> Result<Profile> {
        self.insert(new, roles).await
    }

    async fn insert(&self, new: NewUser, roles: Roles) -> Result<Profile> {
        let names = [Identity::from(&new.username), Identity::from(&new.email)];
        let claims = names.iter().map(|name| {
            let mut item = name.key();
            item.insert("user_id".to_owned(), text(new.id));
            self.put_new(Table::Identities, "identity", item)
        });
        let puts = [self.put_new(Table::Users, "id", user_item(&new, roles))].into_iter().chain(claims);
        let puts: Vec<TransactWriteItem> = puts.collect::<Result<_>>()?;
        for pause in RETRY_AFTER.iter().map(Some).chain([None]) {
            let sent = self.0.client.transact_write_items().set_transact_items(Some(puts.clone())).send().await;
            let Err(error) = sent else { return Ok(profile(new, roles)) };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    taken(cancelled.cancellation_reasons())?;
                }
                _ => return Err(error.into()),
            }
            match pause {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => break,
            }
        }
        Err(Error::Unavailable("other transactions kept getting in the way".to_owned()))
    }

    fn put_new(&self, table: Table, key: &str, item: Item) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(self.0.name(table)).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(#key)").expression_attribute_names("#key", key);
        let put = put.build().map_err(|error| Error::Refused(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Stores a new hash of the same password, unless the password was changed meanwhile.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn rehash(&self, proof: &Verified, old: &PasswordHash, new: &PasswordHash) -> Result<()> {
        let update = self.0.client.update_item().table_name(self.0.name(Table::Users));
        let update = update
            .set_key(Some(key("id", proof.user_id())))
            .update_expression("SET #hash = :new")
            .condition_expression("#hash = :old")
            .expression_attribute_names("#hash", "password_hash")
            .expression_attribute_values(":new", text(new.as_str()))
            .expression_attribute_values(":old", text(old.as_str()));
        // A condition that does not hold is no failure: the password was changed meanwhile.
        conditional(update.send().await).map(|_| ())
    }
}

/// The name that is taken, going by why the transaction was cancelled: its parts are user, username, email.
fn taken(reasons: &[CancellationReason]) -> Result<()> {
    let failed = |part: usize| reasons.get(part).and_then(CancellationReason::code) == Some("ConditionalCheckFailed");
    match (failed(1), failed(2)) {
        (true, _) => Err(Error::UsernameTaken),
        (_, true) => Err(Error::EmailTaken),
        _ => {
            let codes: Vec<&str> = reasons.iter().filter_map(CancellationReason::code).collect();
            let passing = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
            let all_pass = codes.iter().all(|code| passing.contains(code));
            all_pass.then_some(()).ok_or_else(|| Error::Refused(format!("transaction cancelled: {codes:?}")))
        }
    }
}

fn user_item(new: &NewUser, roles: Roles) -> Item {
    [
        ("id", text(new.id)),
        ("username", text(&new.username)),
        ("email", text(&new.email)),
        ("first_name", text(&new.first_name)),
        ("last_name", text(&new.last_name)),
        ("password_hash", text(new.password_hash.as_str())),
        ("is_active", AttributeValue::Bool(true)),
        ("is_staff", AttributeValue::Bool(roles.is_staff)),
        ("is_superuser", AttributeValue::Bool(roles.is_superuser)),
        ("epoch", number(0)),
        ("created_at", millis(new.created_at)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn profile(new: NewUser, roles: Roles) -> Profile {
    Profile {
        id: new.id,
        username: new.username.to_string(),
        email: new.email.to_string(),
        first_name: new.first_name.to_string(),
        last_name: new.last_name.to_string(),
        is_staff: roles.is_staff,
        is_superuser: roles.is_superuser,
    }
}
