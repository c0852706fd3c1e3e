use jiff::Timestamp;
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

/// Defines an id type for one kind of resource: a UUIDv7, written and read in hyphenated form. A crate that uses this
/// macro needs `uuid`, `serde` and `jiff`.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// A new id.
            ///
            /// # Errors
            /// When the source of randomness fails.
            pub fn new(now: ::jiff::Timestamp, entropy: &dyn $crate::Entropy) -> Result<Self, $crate::EntropyFailed> {
                $crate::uuid_v7(now, entropy).map(Self)
            }

            /// The nil id, which is never assigned.
            pub const fn nobody() -> Self {
                Self(::uuid::Uuid::nil())
            }

            /// The id of these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(::uuid::Uuid::from_bytes(bytes))
            }

            /// The id's bytes.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// When the id was made, to the millisecond. 1970 for an id that is no UUIDv7.
            pub fn made_at(&self) -> ::jiff::Timestamp {
                let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
                let seconds = i64::try_from(seconds).unwrap_or_default();
                ::jiff::Timestamp::new(seconds, i32::try_from(nanos).unwrap_or_default()).unwrap_or_default()
            }

            /// Parses the hyphenated form. Other forms, which a UUID library would also accept, are refused.
            pub fn parse(text: &str) -> Option<Self> {
                let id = ::uuid::Uuid::try_parse(text).ok()?;
                (text.len() == ::uuid::fmt::Hyphenated::LENGTH).then_some(Self(id))
            }
        }

        impl From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| <D::Error as ::serde::de::Error>::custom("not an id"))
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
id!(
    /// The id of a user's second factor.
    FactorId
);
id!(
    /// A service key's id: the `client_id` of its tokens (RFC 8693, 4.3).
    ClientId
);
