use std::time::Duration;

use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use dynamo::{Db, Error, Item, Result, Row, Table, TableClient, conditional, key, number};

use super::gcra::{Outcome, Rule, Step};

/// The number of tries to count a call. Concurrent calls change the counter, and each try starts from the last value
/// seen.
const TRIES: usize = 6;
/// The number of attempts of a write that counts a call. Of a lost attempt too much may be counted, but never too little.
const ATTEMPTS: u32 = 2;
/// Short, so that a limit leaves the request time for its work. A new process also connects in this time.
const CALL_TIMEOUT: Duration = Duration::from_millis(1000);
const TIMEOUT: Duration = Duration::from_millis(2000);
/// How long an expired counter may stay, in seconds.
const KEPT: i64 = 60;

/// The counters: one atomic number for each key.
#[derive(Clone, Debug)]
pub(crate) struct Counters(pub(super) TableClient<RateLimits>);

#[derive(Debug)]
pub(super) struct RateLimits;

impl Table for RateLimits {
    const NAME: &'static str = "rate_limits";
    const KEY: &'static [&'static str] = &["key"];
}

/// The outcome of one conditional write: the new counter, or the counter that failed the condition.
enum Written {
    Done(i64),
    Not(Option<i64>),
}

impl Counters {
    /// The table's name, without the stack's prefix.
    pub(crate) const TABLE: &'static str = RateLimits::NAME;

    pub(crate) fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Counts one call against `key`, at `now` in milliseconds, if the rule admits it. `known` is the counter's last
    /// value seen, if any, which saves a write if it is still right.
    ///
    /// # Errors
    /// When the counter can't be reached within about two seconds.
    pub(crate) async fn acquire(&self, key: &str, rule: Rule, now: i64, known: Option<i64>) -> Result<Outcome> {
        let mut add = known.is_some_and(|tat| rule.decide(tat, now) == Step::Add);
        for _ in 0..TRIES {
            let written = if add { self.add(key, rule, now).await? } else { self.begin(key, rule, now).await? };
            let seen = match written {
                Written::Done(tat) => return Ok(Outcome::Admitted { tat }),
                Written::Not(seen) => seen,
            };
            match seen.map_or(Step::Begin, |tat| rule.decide(tat, now)) {
                Step::Refuse => return Ok(Outcome::Refused { tat: seen.unwrap_or(now) }),
                Step::Repair => return self.repair(key, rule, now, seen.unwrap_or(now)).await,
                step => add = step == Step::Add,
            }
        }
        Err(Error::Unavailable("a counter changed too often".to_owned()))
    }

    /// The counter, or `None` if nothing was counted.
    ///
    /// # Errors
    /// When the counter can't be read.
    pub(crate) async fn read(&self, counter: &str) -> Result<Option<i64>> {
        self.0.get(key("key", counter)).await?.as_ref().map(tat).transpose()
    }

    /// Undoes one count, at most once. `known` is the counter's last value seen, if any, which saves a write if it is
    /// still right.
    ///
    /// # Errors
    /// When the counter can't be reached. Then the count may stay, because a second attempt could undo another count.
    pub(crate) async fn refund(&self, counter: &str, rule: Rule, known: Option<i64>) -> Result<()> {
        let mut seen = known.unwrap_or_default();
        for _ in 0..TRIES {
            let update = self
                .0
                .update_item(key("key", counter))
                .update_expression("SET #tat = #tat - :step")
                .condition_expression("#tat = :seen")
                .expression_attribute_names("#tat", "tat")
                .expression_attribute_values(":step", number(rule.step()))
                .expression_attribute_values(":seen", number(seen))
                .return_values(ReturnValue::UpdatedNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            match self.write(update, 1).await? {
                Written::Done(_) | Written::Not(None) => return Ok(()),
                Written::Not(Some(tat)) => seen = tat,
            }
        }
        Err(Error::Unavailable("a counter changed too often".to_owned()))
    }

    async fn begin(&self, key: &str, rule: Rule, now: i64) -> Result<Written> {
        let update = self.update(key, rule, now).update_expression("SET #tat = :tat, #expires_at = :expires_at");
        let update = update
            .condition_expression("attribute_not_exists(#tat) OR #tat <= :now")
            .expression_attribute_values(":tat", number(now.saturating_add(rule.step())))
            .expression_attribute_values(":now", number(now));
        self.write(update, ATTEMPTS).await
    }

    async fn add(&self, key: &str, rule: Rule, now: i64) -> Result<Written> {
        let update =
            self.update(key, rule, now).update_expression("SET #tat = #tat + :step, #expires_at = :expires_at");
        let update = update
            .condition_expression("#tat > :now AND #tat <= :highest")
            .expression_attribute_values(":step", number(rule.step()))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":highest", number(now.saturating_add(rule.tolerance())));
        self.write(update, ATTEMPTS).await
    }

    /// Resets a counter in the far future to a full window, unless another call did so. Refuses this one call.
    async fn repair(&self, key: &str, rule: Rule, now: i64, seen: i64) -> Result<Outcome> {
        let full = now.saturating_add(rule.window);
        let update = self.update(key, rule, now).update_expression("SET #tat = :tat, #expires_at = :expires_at");
        let update = update
            .condition_expression("#tat = :seen")
            .expression_attribute_values(":tat", number(full))
            .expression_attribute_values(":seen", number(seen));
        self.write(update, ATTEMPTS).await?;
        Ok(Outcome::Refused { tat: full })
    }

    fn update(&self, counter: &str, rule: Rule, now: i64) -> UpdateItemFluentBuilder {
        let expires_at = now.saturating_add(rule.window) / 1000 + KEPT;
        self.0
            .update_item(key("key", counter))
            .expression_attribute_names("#tat", "tat")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_values(":expires_at", number(expires_at))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    async fn write(&self, update: UpdateItemFluentBuilder, attempts: u32) -> Result<Written> {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(CALL_TIMEOUT).operation_timeout(TIMEOUT);
        let retries =
            RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(30));
        let hurried = Config::builder().timeout_config(timeouts.build()).retry_config(retries);
        match conditional(update.customize().config_override(hurried)).await? {
            Ok(done) => Ok(Written::Done(tat(&done.attributes.unwrap_or_default())?)),
            Err(there) => Ok(Written::Not(there.as_ref().map(tat).transpose()?)),
        }
    }
}

fn tat(item: &Item) -> Result<i64> {
    Row::new::<RateLimits>(item).number("tat")
}
