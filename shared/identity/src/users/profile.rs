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

/// The change applies only if the account did not change after it was read, and has not ended its sessions since the caller
/// was admitted.
const UNCHANGED: &str = "#id = :user_id AND #is_active = :true AND #username = :old_username AND #email = :old_email \
                         AND #email_epoch = :old_email_epoch AND #password_hash = :old_hash AND #epoch = :old_epoch";

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
        let mut update = format!("SET {}", sets.chain([RAISE_VERSION.to_owned()]).collect::<Vec<_>>().join(", "));
        if change.keeps_email(account) {
            update.push_str(" REMOVE #pending_email");
        }
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
    /// Changes the caller's profile and returns the changed account. `account` is the account as just read. A new username
    /// is claimed in the same transaction, so it stays unique. Another email is only noted, and becomes the account's once
    /// it is verified. The present email drops the noted one. With `in_this_version`, the change is a transaction too, so
    /// that a lost response is no change by somebody else.
    ///
    /// # Errors
    /// [`Error::UsernameTaken`], [`Error::ChangedMeanwhile`], or when DynamoDB does not answer.
    pub async fn change_profile(
        &self,
        user: &User,
        account: &Account,
        change: &ProfileChange,
        in_this_version: bool,
    ) -> Result<Account> {
        if change.login_names.is_none() && !in_this_version {
            let profile = Profiled::new(user, account, change, UNCHANGED.to_owned());
            let item = self.accounts.update(profile.update()).await?.map_err(|_| Error::ChangedMeanwhile)?;
            // What others changed meanwhile belongs to the version of the answer. If another program wrote an attribute
            // that can't be read, the change was made all the same.
            return Ok(Account::read(&item).unwrap_or_else(|_| changed(account, change)));
        }
        let profile = Profiled::new(user, account, change, in_version(account));
        let mut parts = vec![self.accounts.update_part(profile.update())?];
        let from = LoginName::of_username(&account.profile.username);
        // Names that differ only in case count as the same name.
        if let Some(to) = change.username().map(LoginName::from).filter(|to| *to != from) {
            parts.push(self.claim(&to, user.id())?);
            parts.push(self.release(&from, user.id())?);
        }
        match self.accounts.db().transact(parts).await? {
            Ok(()) => Ok(changed(account, change)),
            Err(failed) if failed.part(1) => Err(Error::UsernameTaken),
            Err(_) => Err(Error::ChangedMeanwhile),
        }
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
    /// Whether the email is another than the account's. Emails that differ only in case are the same.
    pub fn is_another_email(&self, email: &Email) -> bool {
        LoginName::from(email) != LoginName::of_email(&self.profile.email)
    }
}

impl ProfileChange {
    fn username(&self) -> Option<&Username> {
        self.login_names.as_ref()?.username.as_ref()
    }

    fn email(&self) -> Option<&Email> {
        self.login_names.as_ref()?.email.as_ref()
    }

    /// Whether the present email is set again, perhaps with letters in another case.
    fn keeps_email(&self, account: &Account) -> bool {
        self.email().is_some_and(|email| !account.is_another_email(email))
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
    set(&mut changed.profile.first_name, change.first_name.as_ref().map(PersonName::as_str));
    set(&mut changed.profile.last_name, change.last_name.as_ref().map(PersonName::as_str));
    set(&mut changed.profile.username, change.username().map(Username::as_str));
    match change.email() {
        Some(email) if account.is_another_email(email) => {
            changed.pending_email = Some(email.to_string());
            changed.pending_epoch = account.pending_epoch.saturating_add(1);
        }
        Some(email) => (changed.profile.email, changed.pending_email) = (email.to_string(), None),
        None => {}
    }
    changed
}

/// The id of the changed account. For new login names, the id comes from the proof.
fn identified(user: &User, change: &ProfileChange) -> UserId {
    change.login_names.as_ref().map_or(user.id(), |login_names| login_names.owner)
}

/// The attributes to set.
fn values(account: &Account, change: &ProfileChange) -> Vec<(&'static str, AttributeValue)> {
    let is_another = change.email().is_some_and(|email| account.is_another_email(email));
    let next = is_another.then(|| number(account.pending_epoch.saturating_add(1)));
    let given = [
        ("first_name", change.first_name.as_ref().map(text)),
        ("last_name", change.last_name.as_ref().map(text)),
        ("username", change.username().map(text)),
        (if is_another { "pending_email" } else { "email" }, change.email().map(text)),
        ("pending_epoch", next),
    ];
    given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The values of [`UNCHANGED`].
fn as_read(user: &User, account: &Account) -> [(&'static str, AttributeValue); 7] {
    [
        ("user_id", text(user.id())),
        ("true", flag(true)),
        ("old_username", text(&account.profile.username)),
        ("old_email", text(&account.profile.email)),
        ("old_hash", text(account.password_hash.as_str())),
        ("old_email_epoch", number(account.email_epoch)),
        ("old_epoch", number(user.epoch().number)),
    ]
}
