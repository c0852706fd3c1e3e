use auth::{Authentication, Digest, Methods, RefreshToken, Roles, SessionId, SessionState, TokenSubject, UserId};
use dynamo::{Item, Result, Row, Table};
use jiff::{SignedDuration, Timestamp};

#[derive(Debug)]
pub(crate) struct SessionsTable;

impl Table for SessionsTable {
    const NAME: &'static str = "sessions";
    const KEY: &'static [&'static str] = &["id"];
}

/// The number of wrong passwords in a row that ends a session.
pub(crate) const WRONG_PASSWORDS: u32 = 5;

/// The address and the client of a sign-in, so that the owner can recognize the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The printable part of the `User-Agent`.
    pub user_agent: String,
    /// The address.
    pub address: String,
}

/// A stored session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id.
    pub(crate) id: SessionId,
    /// The user.
    pub(crate) user_id: UserId,
    /// The user's epoch to which the session belongs.
    pub epoch: u64,
    /// Whether the session was revoked.
    pub revoked: bool,
    /// The time when the session began.
    pub created_at: Timestamp,
    /// The time of the last refresh.
    pub rotated_at: Timestamp,
    /// The time when the session ends, even with refreshes.
    pub ends_at: Timestamp,
    /// The time when the session ends without a refresh.
    pub expires_at: Timestamp,
    /// The device of the last refresh.
    pub device: Device,
    /// The sign-in, which every refreshed token carries.
    pub authentication: Authentication,
    /// The time of the last authentication after the sign-in.
    reauthenticated_at: Option<Timestamp>,
    /// The wrong passwords in a row.
    wrong_passwords: u32,
    family: Digest,
    secret: Digest,
    previous_secret: Option<Digest>,
    salt: Vec<u8>,
}

/// Proof that a client has a refresh token of a session. Only [`Session::judge`] makes one.
#[derive(Debug)]
pub struct RefreshProof {
    user_id: UserId,
}

impl RefreshProof {
    /// The user of the session.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }
}

/// The relation of a refresh token to its session.
pub enum Presented {
    /// The current token.
    Current(RefreshProof),
    /// The previous token, moments after its use, with its successor.
    Replayed(RefreshProof, RefreshToken),
    /// A token of this session that was used before: by the client or by a thief.
    Reused,
    /// A token of another session.
    Foreign,
}

impl Session {
    /// Its id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Its user.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The subject of the session's access tokens, with the authentication at sign-in: a refresh never hands out a later
    /// one.
    pub fn token_subject(&self, roles: Roles) -> TokenSubject {
        let authentication = self.authentication.clone();
        TokenSubject { user_id: self.user_id, session_id: self.id, roles, authentication }
    }

    fn proof(&self) -> RefreshProof {
        RefreshProof { user_id: self.user_id }
    }

    pub(crate) fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<SessionsTable>(item);
        let device =
            Device { user_agent: row.text("user_agent")?.to_owned(), address: row.text("address")?.to_owned() };
        Ok(Self {
            id: SessionId::parse(row.text("id")?).ok_or(row.corrupt("id"))?,
            user_id: row.user_id("user_id")?,
            epoch: row.number("epoch")?,
            revoked: row.has("revoked_at"),
            created_at: row.millis("created_at")?,
            rotated_at: row.millis("rotated_at")?,
            ends_at: row.seconds("ends_at")?,
            expires_at: row.seconds("expires_at")?,
            device,
            authentication: authentication(row)?,
            reauthenticated_at: row.has("reauthenticated_at").then(|| row.millis("reauthenticated_at")).transpose()?,
            wrong_passwords: wrong_passwords(item)?,
            family: row.digest("family")?,
            secret: row.digest("secret")?,
            previous_secret: row.has("previous_secret").then(|| row.digest("previous_secret")).transpose()?,
            salt: row.bytes("salt")?.to_vec(),
        })
    }

    /// The state that decides whether the session is alive.
    pub fn state(&self) -> SessionState {
        let Self { user_id, epoch, revoked, expires_at, wrong_passwords, .. } = *self;
        let signed_in_at = self.authentication.at;
        SessionState {
            user_id,
            epoch,
            revoked,
            expires_at,
            signed_in_at,
            authenticated_at: self.reauthenticated_at.map_or(signed_in_at, |again| again.max(signed_in_at)),
            has_factor: self.authentication.methods.has_factor(),
            wrong_passwords,
        }
    }

    /// The relation of `token` to this session now. Digests are compared, so that timing reveals nothing about secrets.
    pub fn judge(&self, token: &RefreshToken, grace: SignedDuration, now: Timestamp) -> Presented {
        let secret = token.secret_digest();
        // If this clock is behind the clock of the rotation, the age is negative, which counts as recent too.
        let recent = now.duration_since(self.rotated_at) <= grace;
        match () {
            () if self.family != token.family_digest() => Presented::Foreign,
            () if self.secret == secret => Presented::Current(self.proof()),
            () if recent && self.previous_secret == Some(secret) => {
                Presented::Replayed(self.proof(), token.successor(&self.salt))
            }
            () => Presented::Reused,
        }
    }
}

/// The sign-in of a session's item. Older items know only the time when the session began, with a password.
fn authentication(row: Row<'_>) -> Result<Authentication> {
    let at = if row.has("authenticated_at") { row.millis("authenticated_at")? } else { row.millis("created_at")? };
    let methods = if row.has("amr") { Methods::stored(row.text("amr")?) } else { Methods::password() };
    Ok(Authentication { at, methods })
}

/// The wrong passwords in a row of a session's item.
pub(super) fn wrong_passwords(item: &Item) -> Result<u32> {
    let row = Row::new::<SessionsTable>(item);
    if row.has("wrong_passwords") { row.number("wrong_passwords") } else { Ok(0) }
}
