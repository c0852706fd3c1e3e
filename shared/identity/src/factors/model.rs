use auth::{Digest, FactorId, Sealed, UserId};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{Item, Result, Row, Table, bytes, item, number, text};
use jiff::{SignedDuration, Timestamp};

/// How long a factor waits to be confirmed, and how long its mailed code is good.
pub const WAITS: SignedDuration = SignedDuration::from_mins(10);

/// Table `factors`: authenticator apps, recovery codes, passkeys, the challenges of sign-ins, and which challenges of
/// passkeys were answered.
#[derive(Debug)]
pub(crate) struct FactorsTable;

impl Table for FactorsTable {
    const NAME: &'static str = "factors";
    const KEY: &'static [&'static str] = &["user_id", "id"];
}

/// The key of an authenticator app.
pub(super) fn totp_key(user: UserId, id: FactorId) -> Item {
    item([("user_id", text(user)), ("id", text(format!("totp:{id}")))])
}

/// The key of a user's recovery codes.
pub(super) fn codes_key(user: UserId) -> Item {
    item([("user_id", text(user)), ("id", text("recovery_codes"))])
}

/// The key of a challenge.
pub(super) fn challenge_key(user: UserId, digest: &Digest) -> Item {
    item([("user_id", text(user)), ("id", text(format!("challenge:{}", auth::hex(digest))))])
}

/// What a sealed secret is, and whose: it opens as that alone.
pub(super) fn context(user: UserId, id: FactorId) -> String {
    format!("totp {user} {id}")
}

/// A stored authenticator app.
#[derive(Clone, Debug)]
pub(super) struct Totp {
    pub id: FactorId,
    pub sealed: Sealed,
    pub created_at: Timestamp,
    /// The step of the last code that was used.
    pub last_step: Option<u64>,
    /// When the app stops waiting to be confirmed. `None` once it is.
    pub waits_until: Option<Timestamp>,
    /// The digest of the mailed code, and the `email_epoch` of the address to which it was mailed.
    pub mailed: Option<(Digest, u64)>,
}

impl Totp {
    pub fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<FactorsTable>(item);
        let id = row.text("id")?.strip_prefix("totp:").and_then(FactorId::parse).ok_or(row.corrupt("id"))?;
        let mailed = || -> Result<_> { Ok((row.digest("mailed")?, row.number("email_epoch")?)) };
        Ok(Self {
            id,
            sealed: Sealed { key: row.number("sealing_key")?, bytes: row.bytes("sealed")?.to_vec() },
            created_at: row.millis("created_at")?,
            last_step: row.has("last_step").then(|| row.number("last_step")).transpose()?,
            waits_until: row.has("expires_at").then(|| row.seconds("expires_at")).transpose()?,
            mailed: row.has("mailed").then(mailed).transpose()?,
        })
    }

    /// Whether the app was confirmed. Only then its codes count.
    pub fn is_confirmed(&self) -> bool {
        self.waits_until.is_none()
    }
}

/// The stored recovery codes of a user.
#[derive(Clone, Debug)]
pub(super) struct StoredCodes {
    /// The number of codes that were not used.
    pub left: usize,
    /// The wrong codes in a row, of any kind.
    pub wrong: u32,
    digests: Vec<Vec<u8>>,
}

impl StoredCodes {
    pub fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<FactorsTable>(item);
        let digests = match item.get("codes") {
            None => Vec::new(),
            Some(AttributeValue::Bs(codes)) => codes.iter().map(|code| code.as_ref().to_vec()).collect(),
            Some(_) => return Err(row.corrupt("codes")),
        };
        let wrong = if row.has("wrong_codes") { row.number("wrong_codes")? } else { 0 };
        Ok(Self { left: digests.len(), wrong, digests })
    }

    pub fn has(&self, digest: &Digest) -> bool {
        self.digests.iter().any(|known| known == digest)
    }
}

/// Digests of codes as a set.
pub(super) fn set(digests: impl IntoIterator<Item = Digest>) -> AttributeValue {
    AttributeValue::Bs(digests.into_iter().map(Blob::new).collect())
}

/// The attributes of a sealed secret.
pub(super) fn sealed_item(sealed: &Sealed) -> Item {
    item([("sealed", bytes(&sealed.bytes)), ("sealing_key", number(sealed.key))])
}
