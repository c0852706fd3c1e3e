use auth::{Digest, Entropy, RecoveryCode, UserId};
use dynamo::{Item, millis};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use super::answer::TypedRecoveryCode;
use super::model::{codes_key, set};
use crate::error::Result;

/// The number of recovery codes that are made at once.
const NUMBER: usize = 10;

/// New recovery codes, to be shown once. Each signs the user in one time, in place of a code of the app.
#[derive(JsonSchema, Serialize)]
pub struct RecoveryCodes {
    /// The codes. Each can be used once. Earlier codes are void.
    #[schemars(with = "Vec<TypedRecoveryCode>", length(equal = 10))]
    recovery_codes: Vec<Zeroizing<String>>,
    #[serde(skip)]
    digests: Vec<Digest>,
}

impl RecoveryCodes {
    pub(super) fn generate(user: UserId, entropy: &dyn Entropy) -> Result<Self> {
        let (mut recovery_codes, mut digests) = (Vec::new(), Vec::new());
        for _ in 0..NUMBER {
            let code = RecoveryCode::generate(entropy)?;
            recovery_codes.push(code.to_text());
            digests.push(code.digest(user));
        }
        Ok(Self { recovery_codes, digests })
    }

    /// The codes as text.
    pub fn texts(&self) -> &[Zeroizing<String>] {
        &self.recovery_codes
    }

    /// The item to store.
    pub(super) fn item(&self, user: UserId, now: Timestamp) -> Item {
        let mut item = codes_key(user);
        item.extend(dynamo::item([("codes", set(self.digests.iter().copied())), ("created_at", millis(now))]));
        item
    }
}
