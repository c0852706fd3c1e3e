use auth::{User, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{ConditionalUpdate, RAISE_VERSION, TransactionPart, flag, key, number, text};

use super::account::Account;
use super::table::Users;
use crate::authority::ConfirmsAccount;
use crate::error::{Error, Result};
use crate::login_names::LoginName;
use crate::names::{Email, PersonName, Username};

/// A change to the caller's own profile. `None` leaves a field as it is.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// The new first name.
    pub first_name: Option<PersonName>,
    /// The new last name.
    pub last_name: Option<PersonName>,
    /// New names to sign in with.
    pub login_names: Option<LoginNameChange>,
}

/// New names to sign in with. Changing them requires the password, or a recent authentication.
#[derive(Debug)]
pub struct LoginNameChange {
    owner: UserId,
    username: Option<Username>,
    email: Option<Email>,
}

impl LoginNameChange {
    /// New names for the confirmed account. `None` leaves a name as it is.
    pub fn new(owner: &impl ConfirmsAccount, username: Option<Username>, email: Option<Email>) -> Self {
        Self { owner: owner.account(), username, email }
    }
}

/// The change applies only if the account did not change after it was read.
const UNCHANGED: &str = "#id = :user_id AND #is_active = :true AND #username = :old_username AND #email = :old_email \
                         AND #email_epoch = :old_email_epoch AND #password_hash = :old_hash";

/// A change of a login name: the old name becomes free, and the new name becomes the user's.
struct Move {
    from: LoginName,
    to: LoginName,
    taken: Error,
}

/// [`UNCHANGED`], and no other change of what the owner sees.
fn in_version(account: &Account) -> String {
    let version = if account.version == 0 {
        "(attribute_not_exists(#version) OR #version = :read_version)"
    } else {
        "#version = :read_version"
    };
    format!("{UNCHANGED} AND {version}")
}

/// The update of the row of `users`.
struct Profiled {
    id: UserId,
    update: String,
    condition: String,
    values: Vec<(&'static str, AttributeValue)>,
}

impl Profiled {
    fn new(user: &User, account: &Account, change: &ProfileChange, condition: String) -> Self {
        let mut values = values(account, change);
        let sets = values.iter().map(|(name, _)| format!("#{name} = :{name}"));
        let update = format!("SET {}", sets.chain([RAISE_VERSION.to_owned()]).collect::<Vec<_>>().join(", "));
        values.extend(as_read(user, account));
        values.extend([("zero", number(0)), ("one", number(1))]);
        if condition != UNCHANGED {
            values.push(("read_version", number(account.version)));
        }
        Self { id: identified(user, change), update, condition, values }
    }

    fn update(&self) -> ConditionalUpdate<'_> {
        let (update, condition, values) = (&self.update, &self.condition, self.values.clone());
        ConditionalUpdate { key: key("id", self.id), update, condition, values }
    }
}

impl Users {
    /// Changes the caller's profile and returns the changed account. `account` is the account as just read. Login names
    /// change in the same transaction, so they stay unique. A new email is not verified yet. With `in_this_version`, the
    /// change is a transaction too, so that a lost response is no change by somebody else.
    ///
    /// # Errors
    /// [`Error::UsernameTaken`], [`Error::EmailTaken`], [`Error::ChangedMeanwhile`], or when DynamoDB does not answer.
    pub async fn change_profile(
        &self,
        user: &User,
        account: &Account,
        change: &ProfileChange,
        in_this_version: bool,
    ) -> Result<Account> {
        let moves = change.login_names.as_ref().map(|names| moves(account, names));
        if moves.is_none() && !in_this_version {
            let profile = Profiled::new(user, account, change, UNCHANGED.to_owned());
            let item = self.accounts.update(profile.update()).await?.map_err(|_| Error::ChangedMeanwhile)?;
            // What others changed meanwhile belongs to the version of the answer. If another program wrote an attribute
            // that can't be read, the change was made all the same.
            return Ok(Account::read(&item).unwrap_or_else(|_| changed(account, change)));
        }
        let moves = moves.unwrap_or_default();
        let profile = Profiled::new(user, account, change, in_version(account));
        let mut parts = vec![self.accounts.update_part(profile.update())?];
        for name in &moves {
            parts.push(self.claim(&name.to, user.id())?);
            parts.push(self.release(&name.from, user.id())?);
        }
        let Err(failed) = self.accounts.db().transact(parts).await? else { return Ok(changed(account, change)) };
        let taken = moves.into_iter().zip([1, 3]).find(|(_, part)| failed.part(*part));
        Err(taken.map_or(Error::ChangedMeanwhile, |(name, _)| name.taken))
    }

    /// A part of a transaction: the user's name becomes free.
    pub(super) fn release(&self, name: &LoginName, user: UserId) -> dynamo::Result<TransactionPart> {
        self.names.delete_part(ConditionalUpdate {
            key: name.key(),
            update: "",
            condition: "#user_id = :user_id",
            values: vec![("user_id", text(user))],
        })
    }
}

impl Account {
    /// Whether the account's email is not verified once it is set to `email`.
    pub fn is_unverified_with(&self, email: &Email) -> bool {
        !self.email_verified || is_another(email, self)
    }
}

/// The account after the change.
fn changed(account: &Account, change: &ProfileChange) -> Account {
    let mut changed = account.clone();
    changed.version = account.version.saturating_add(1);
    let set = |field: &mut String, value: Option<&str>| {
        if let Some(value) = value {
            value.clone_into(field);
        }
    };
    let login_names = change.login_names.as_ref();
    let email = login_names.and_then(|login_names| login_names.email.as_ref());
    let username = login_names.and_then(|login_names| login_names.username.as_ref());
    set(&mut changed.profile.first_name, change.first_name.as_ref().map(PersonName::as_str));
    set(&mut changed.profile.last_name, change.last_name.as_ref().map(PersonName::as_str));
    set(&mut changed.profile.username, username.map(Username::as_str));
    set(&mut changed.profile.email, email.map(Email::as_str));
    if email.is_some_and(|email| is_another(email, account)) {
        (changed.email_verified, changed.email_epoch) = (false, account.email_epoch.saturating_add(1));
    }
    changed
}

/// The id of the changed account. For new login names, the id comes from the proof.
fn identified(user: &User, change: &ProfileChange) -> UserId {
    change.login_names.as_ref().map_or(user.id(), |login_names| login_names.owner)
}

/// The attributes to set.
fn values(account: &Account, change: &ProfileChange) -> Vec<(&'static str, AttributeValue)> {
    let login_names = change.login_names.as_ref();
    let email = login_names.and_then(|login_names| login_names.email.as_ref());
    let given = [
        ("first_name", change.first_name.as_ref().map(text)),
        ("last_name", change.last_name.as_ref().map(text)),
        ("username", login_names.and_then(|login_names| login_names.username.as_ref()).map(text)),
        ("email", email.map(text)),
    ];
    let mut values: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if email.is_some_and(|email| is_another(email, account)) {
        let next = number(account.email_epoch.saturating_add(1));
        values.extend([("email_verified", flag(false)), ("email_epoch", next)]);
    }
    values
}

/// The values of [`UNCHANGED`].
fn as_read(user: &User, account: &Account) -> [(&'static str, AttributeValue); 6] {
    [
        ("user_id", text(user.id())),
        ("true", flag(true)),
        ("old_username", text(&account.profile.username)),
        ("old_email", text(&account.profile.email)),
        ("old_hash", text(account.password_hash.as_str())),
        ("old_email_epoch", number(account.email_epoch)),
    ]
}

/// Whether the email differs by more than case.
fn is_another(email: &Email, account: &Account) -> bool {
    LoginName::from(email) != LoginName::of_email(&account.profile.email)
}

/// The names that change. Names that differ only in case count as the same name.
fn moves(account: &Account, change: &LoginNameChange) -> Vec<Move> {
    let username = change.username.as_ref().map(|to| Move {
        from: LoginName::of_username(&account.profile.username),
        to: to.into(),
        taken: Error::UsernameTaken,
    });
    let email = change.email.as_ref().map(|to| Move {
        from: LoginName::of_email(&account.profile.email),
        to: to.into(),
        taken: Error::EmailTaken,
    });
    [username, email].into_iter().flatten().filter(|name| name.from != name.to).collect()
}
