use dynamo::{ConditionalUpdate, Error, Row, key, number};
use operator::Operator;

use super::counters::{Counters, RateLimits};
use super::limiter::Limiter;
use crate::audit::{Act, AuditEntry};
use crate::error::Result;
use crate::idempotency::Committed;

/// Upper bound on counters that one call to DynamoDB reads, so that no call takes long.
const SCANNED: i32 = 300;
/// How many counters one transaction deletes. A counter that calls change all the time holds up only these.
const CLEARED: usize = 50;

impl Limiter {
    /// Deletes the counters with matching keys. The rows of the audit have this subject, and no keys, which can contain
    /// addresses and emails. Returns the number of deleted counters.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn clear(&self, act: &Act<'_, Operator>, subject: &str, matches: impl Fn(&str) -> bool) -> Result<usize> {
        Ok(self.0.counters.clear(act, subject, matches).await?)
    }
}

impl Counters {
    /// Deletes the counters with matching keys. Returns the number of deleted counters.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    async fn clear(
        &self,
        act: &Act<'_, Operator>,
        subject: &str,
        matches: impl Fn(&str) -> bool,
    ) -> dynamo::Result<usize> {
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let scan = self.0.scan(SCANNED).consistent_read(true);
            let answer = scan.set_exclusive_start_key(start).send().await?;
            for item in answer.items.unwrap_or_default() {
                let counter = Row::new::<RateLimits>(&item).text("key")?;
                found.extend(matches(counter).then(|| counter.to_owned()));
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        for counters in found.chunks(CLEARED) {
            self.clear_some(act, subject, counters).await?;
        }
        Ok(found.len())
    }

    async fn clear_some(&self, act: &Act<'_, Operator>, subject: &str, counters: &[String]) -> dynamo::Result<()> {
        let deletion = |counter: &String| {
            let (key, values) = (key("key", counter), Vec::new());
            self.0.delete_part(ConditionalUpdate { key, update: "", condition: "", values })
        };
        let parts = counters.iter().map(deletion).collect::<dynamo::Result<Vec<_>>>()?;
        let entry = AuditEntry::of("limits_cleared", subject).before("counters", number(counters.len()));
        match act.write(self.0.db(), parts, entry, None).await? {
            Committed::Done => Ok(()),
            refused => Err(Error::Refused(format!("the deletion of counters: {refused:?}"))),
        }
    }
}
