use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, recorded};
use auth::{Challenge, Digest, Entropy, FactorId, PasswordProof, UserId};
use dynamo::{ConditionalUpdate, Row, Table, TableClient, TransactionPart, flag, number, text};
use jiff::{SignedDuration, Timestamp};

use super::model::{FactorsTable, challenge_key};
use crate::error::{Error, Result};
use crate::users::Account;

/// How long a challenge is good.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// How many codes can be tried with one challenge.
const TRIES: u32 = 5;

/// The challenges of sign-ins whose password was right: each lets its holder try codes of the account's second factor.
#[derive(Clone)]
pub struct Challenges {
    factors: TableClient<FactorsTable>,
    entropy: Arc<dyn Entropy>,
}

/// A presented challenge, whose try is counted.
#[derive(Clone, Debug)]
pub struct PresentedChallenge {
    pub(super) user_id: UserId,
    digest: Digest,
    /// The user's epoch when the password was right.
    pub(super) epoch: u64,
    pub(super) totp: FactorId,
}

impl Challenges {
    /// Makes a challenge for an account whose password is right, and returns it as the error that clients get.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn ask(&self, proof: &PasswordProof, account: &Account, now: Timestamp) -> api::Result<Error> {
        let user = proof.user_id();
        let totp = account.totp.ok_or(Error::NoFactor)?;
        let challenge = Challenge::new(user, &*self.entropy)?;
        let mut item = challenge_key(user, &challenge.digest());
        item.extend(dynamo::item([
            ("epoch", number(account.epoch.number)),
            ("totp", text(totp)),
            ("tries", number(0)),
            ("expires_at", number(now.saturating_add(LIFE).unwrap_or(now).as_second())),
        ]));
        let event = |outcome: Option<&str>| tracing::info!(event = "second_factor_asked", %user, outcome);
        // An attempt that arrives late finds the key taken, because challenges stay until they expire.
        recorded(async { self.factors.insert(item).await.map(drop) }, event).await?;
        Ok(Error::SecondFactorRequired(Some(challenge.to_text())))
    }
}

impl Part for Challenges {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        Ok(Self { factors: context.db(permit).table(), entropy: context.entropy().clone() })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Challenges", tables: &[FactorsTable::NAME], variables: &[] });
    }
}

/// Counts a try with a challenge.
///
/// # Errors
/// [`Error::ChallengeInvalid`], or when DynamoDB does not answer.
pub(super) async fn count_try(
    factors: &TableClient<FactorsTable>,
    challenge: Option<&Challenge>,
    now: Timestamp,
) -> Result<PresentedChallenge> {
    let challenge = challenge.ok_or(Error::ChallengeInvalid)?;
    let (user_id, digest) = (challenge.user_id(), challenge.digest());
    let change = ConditionalUpdate {
        key: challenge_key(user_id, &digest),
        update: "SET #tries = #tries + :one",
        condition: "#expires_at > :now AND #tries < :most AND attribute_not_exists(#used)",
        values: vec![("one", number(1)), ("now", number(now.as_second())), ("most", number(TRIES))],
    };
    let item = factors.update(change).await?.map_err(|_| Error::ChallengeInvalid)?;
    let row = Row::new::<FactorsTable>(&item);
    let totp = FactorId::parse(row.text("totp")?).ok_or(row.corrupt("totp"))?;
    Ok(PresentedChallenge { user_id, digest, epoch: row.number("epoch")?, totp })
}

impl PresentedChallenge {
    /// The user. Trusted: only the holder of the right password gets a challenge.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// A part of a transaction: the challenge is used up.
    pub(super) fn use_up(&self, factors: &TableClient<FactorsTable>) -> dynamo::Result<TransactionPart> {
        factors.update_part(ConditionalUpdate {
            key: challenge_key(self.user_id, &self.digest),
            update: "SET #used = :true",
            condition: "attribute_exists(#id) AND attribute_not_exists(#used)",
            values: vec![("true", flag(true))],
        })
    }
}
