use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::entropy::{Entropy, EntropyFailed, random};

/// A UUIDv7 (RFC 9562, 5.7) of the given instant: ids made later sort later, to the millisecond.
///
/// # Errors
/// When the source of randomness fails.
pub fn uuid_v7(now: Timestamp, entropy: &dyn Entropy) -> Result<Uuid, EntropyFailed> {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random(entropy)?).into_uuid())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id.
            ///
            /// # Errors
            /// When the source of randomness fails.
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Result<Self, EntropyFailed> {
                uuid_v7(now, entropy).map(Self)
            }

            /// The nil id, which is never given out.
            pub const fn nobody() -> Self {
                Self(Uuid::nil())
            }

            /// Reads the hyphenated form, and nothing else that a UUID library would also take.
            pub fn parse(text: &str) -> Option<Self> {
                let id = Uuid::try_parse(text).ok()?;
                (text.len() == uuid::fmt::Hyphenated::LENGTH).then_some(Self(id))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

id!(
    /// A user's id: the `sub` of their tokens.
    UserId
);
id!(
    /// A session's id: the `sid` of its tokens.
    SessionId
);
