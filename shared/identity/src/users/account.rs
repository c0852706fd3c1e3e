use auth::{Digest, Epoch, FactorId, PasswordHash, Roles, SessionId, UserId};
use dynamo::{AccountTable, Item, Result, Row, Table, Write, Written, flag, millis, number, schema, text};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{Email, PersonName, Username};

/// Marks an account that ends if its email is not verified in time. Accounts of earlier versions have no mark.
pub(super) const ENDS_UNVERIFIED: &str = "ends_unverified";

/// For this long, a repeated call is told that its password is the one that was set. Longer would only help to guess.
const REPEATED: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug)]
pub(crate) struct UsersTable;

impl Table for UsersTable {
    const NAME: &'static str = "users";
    const KEY: &'static [&'static str] = &["id"];
}

impl AccountTable for UsersTable {}

/// A user's item, as the guard keeps it. Read only by calls that need the account.
pub(crate) struct UserRecord(pub(crate) Item);

/// The part of an account that its owner and staff see.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Profile {
    /// The user's id.
    #[schemars(with = "schema::Id")]
    pub id: UserId,
    /// The username, as entered, possibly under older rules.
    #[schemars(with = "String", example = &"ada")]
    pub username: String,
    /// The email, as entered, possibly under older rules.
    #[schemars(with = "String", example = &"ada@example.com")]
    pub email: String,
    /// First name, possibly empty, and possibly stored under older rules.
    #[schemars(with = "String", example = &"Ada")]
    pub first_name: String,
    /// Last name, possibly empty, and possibly stored under older rules.
    #[schemars(with = "String", example = &"Lovelace")]
    pub last_name: String,
    /// Whether the user is staff.
    pub is_staff: bool,
    /// Whether the user is a superuser.
    pub is_superuser: bool,
}

/// A user's own account.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct OwnProfile {
    /// The part that staff see too.
    #[serde(flatten)]
    pub profile: Profile,
    /// Whether the user verified the email.
    pub email_verified: bool,
    /// The new email that the user asked for and has not verified yet. `null` if there is none.
    #[schemars(with = "Option<String>", example = &"ada@example.org")]
    pub pending_email: Option<String>,
    /// The number of changes since.
    #[serde(skip)]
    pub version: u64,
}

#[cfg(feature = "endpoints")]
impl api::HasRevision for OwnProfile {
    fn revision(&self) -> api::Revision {
        api::Revision::new(self.profile.id, self.version)
    }
}

#[cfg(feature = "endpoints")]
impl api::HasRevision for Account {
    fn revision(&self) -> api::Revision {
        api::Revision::new(self.profile.id, self.version)
    }
}

/// An account as staff see it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct ManagedProfile {
    /// The part that the owner sees too.
    #[serde(flatten)]
    pub profile: Profile,
    /// Whether the user may sign in.
    pub is_active: bool,
}

/// A stored account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The part that clients see.
    pub profile: Profile,
    /// Whether the user verified the email.
    pub email_verified: bool,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// The epoch, which decides which sessions are active.
    pub epoch: Epoch,
    /// Raised with every change of the email, so that tokens mailed before become invalid.
    pub email_epoch: u64,
    /// The email that the owner asked for, until it is verified.
    pub pending_email: Option<String>,
    /// Raised with every request for another email, so that tokens mailed before become invalid.
    pub pending_epoch: u64,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// When the password was last set.
    password_set_at: Option<Timestamp>,
    /// The digest of the mailed token that last set the password.
    pub(crate) reset_by: Option<Digest>,
    /// The digest of the mailed token that last verified the email.
    pub(crate) verified_by: Option<Digest>,
    /// Raised with every change of what the owner sees.
    pub version: u64,
    /// The authenticator app, if the account has one.
    pub(crate) totp: Option<FactorId>,
    /// The number of passkeys. Only accounts with an authenticator app have some.
    pub(crate) passkeys: u32,
    /// Whether the account is marked for erasure: closed already, and deleted soon.
    pub is_erased: bool,
}

impl Account {
    /// The user's roles.
    pub fn roles(&self) -> Roles {
        Roles { is_staff: self.profile.is_staff, is_superuser: self.profile.is_superuser }
    }

    /// The email, if it is verified.
    #[cfg(feature = "endpoints")]
    pub(crate) fn verified_address(&self) -> Option<String> {
        self.email_verified.then(|| self.profile.email.clone())
    }

    /// Whether the account has a second factor. Then a password alone opens no session.
    pub fn has_factor(&self) -> bool {
        self.totp.is_some()
    }

    /// Whether the account never had a verified email, and has no role. Such an account gives way to the owner of the
    /// mailbox. A role counts like a verification: somebody who may give roles knows the owner. Accounts whose email was
    /// changed under the rules of earlier versions may have been verified before, so they don't count.
    pub fn never_verified(&self) -> bool {
        !self.email_verified && self.email_epoch == 0 && self.roles() == Roles::default()
    }

    /// Whether the password was set moments ago, so that the same call may be a client's repeat after a lost response.
    pub fn set_password_lately(&self, now: Timestamp) -> bool {
        self.password_set_at.is_some_and(|at| now.duration_since(at) <= REPEATED)
    }

    /// When the password was last set. Not known of the password that the account was made with.
    #[cfg(feature = "endpoints")]
    pub(crate) fn password_set_at(&self) -> Option<Timestamp> {
        self.password_set_at
    }

    /// Words that a new password must not be made of.
    pub fn hints(&self) -> Vec<String> {
        let Profile { username, email, first_name, last_name, .. } = &self.profile;
        [username, email, first_name, last_name].map(Clone::clone).into()
    }

    pub(crate) fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<UsersTable>(item);
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
            email_verified: row.flag("email_verified")?,
            is_active: row.flag("is_active")?,
            epoch: epoch(row)?,
            email_epoch: row.number("email_epoch")?,
            pending_email: row.has("pending_email").then(|| row.text("pending_email")).transpose()?.map(str::to_owned),
            pending_epoch: if row.has("pending_epoch") { row.number("pending_epoch")? } else { 0 },
            password_hash: PasswordHash::stored(row.text("password_hash")?),
            password_set_at: row.has("password_set_at").then(|| row.millis("password_set_at")).transpose()?,
            reset_by: row.has("reset_by").then(|| row.digest("reset_by")).transpose()?,
            verified_by: row.has("verified_by").then(|| row.digest("verified_by")).transpose()?,
            version: row.version()?,
            totp: row.has("totp").then(|| FactorId::parse(row.text("totp")?).ok_or(row.corrupt("totp"))).transpose()?,
            passkeys: if row.has("passkeys") { row.number("passkeys")? } else { 0 },
            is_erased: row.has("erased_at"),
        })
    }
}

/// The epoch of an item of `users`.
pub(crate) fn epoch(row: Row<'_>) -> Result<Epoch> {
    let number = row.number("epoch")?;
    // A mark of an earlier epoch keeps no session.
    let keeps = row.has("kept_epoch") && row.number::<u64>("kept_epoch")? == number;
    let session = || SessionId::parse(row.text("kept_session")?).ok_or(row.corrupt("kept_session"));
    Ok(Epoch { number, kept: keeps.then(session).transpose()?, takes_factor: row.has("totp") })
}

/// A write that returns the account made its change.
impl Write for Account {
    fn written(&self) -> Written {
        Written::Done
    }
}

impl From<Account> for OwnProfile {
    fn from(account: Account) -> Self {
        let Account { profile, email_verified, pending_email, version, .. } = account;
        Self { profile, email_verified, pending_email, version }
    }
}

impl From<Account> for ManagedProfile {
    fn from(account: Account) -> Self {
        Self { profile: account.profile, is_active: account.is_active }
    }
}

/// Input for creating an account.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user's id.
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

impl NewUser {
    /// The item to store. An account made by the operator has a verified email, because the operator knows its owner.
    pub(crate) fn item(&self, roles: Roles, email_verified: bool) -> Item {
        let mut item = dynamo::item([
            ("id", text(self.id)),
            ("username", text(&self.username)),
            ("email", text(&self.email)),
            ("email_verified", flag(email_verified)),
            ("first_name", text(&self.first_name)),
            ("last_name", text(&self.last_name)),
            ("password_hash", text(self.password_hash.as_str())),
            ("is_active", flag(true)),
            ("is_staff", flag(roles.is_staff)),
            ("is_superuser", flag(roles.is_superuser)),
            ("epoch", number(0)),
            ("email_epoch", number(0)),
            ("created_at", millis(self.created_at)),
        ]);
        if !email_verified {
            item.insert(ENDS_UNVERIFIED.to_owned(), flag(true));
        }
        item
    }
}
