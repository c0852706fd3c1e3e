use auth::Entropy;
use aws_lambda_events::sqs::SqsMessage;
use aws_sdk_sqs::Client;

use crate::context::Context;

/// The pause before the second delivery of a message, in seconds. Each further pause is four times as long.
const FIRST_PAUSE: i32 = 5;
/// The longest pause, which is the queues' own.
const LONGEST_PAUSE: i32 = 360;

/// A delivery of a message, to delay the next one.
pub(crate) struct Delivery {
    queue: Option<String>,
    receipt: Option<String>,
    count: u32,
}

impl Delivery {
    pub(crate) fn of(message: &SqsMessage) -> Self {
        let count = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        Self {
            queue: message.event_source_arn.as_deref().and_then(queue_url),
            receipt: message.receipt_handle.clone(),
            count: count.unwrap_or(1),
        }
    }

    /// Sets when SQS delivers the failed message again: after seconds at first, and later after minutes. Otherwise the
    /// queue's own pause applies, which is longer than a worker may run.
    pub(crate) async fn delay_next(self, context: &Context) {
        let (Some(queue), Some(receipt)) = (self.queue, self.receipt) else { return };
        let settings = context.own_settings();
        let client = Client::new(&settings.connection.sdk_config(settings.environment.endpoint("SQS")));
        let pause = pause(self.count, &**context.entropy());
        let change = client.change_message_visibility().queue_url(queue).receipt_handle(receipt);
        if let Err(error) = change.visibility_timeout(pause).send().await {
            let cause = dynamo::describe_sdk_error(&error);
            tracing::warn!(event = "job_not_hurried", cause);
        }
    }
}

/// The URL of the queue with this ARN, such as `arn:aws:sqs:eu-west-1:123456789012:mail`.
fn queue_url(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(1);
    let (partition, _, region, account, name) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let suffix = if partition == "aws-cn" { ".cn" } else { "" };
    Some(format!("https://sqs.{region}.amazonaws.com{suffix}/{account}/{name}"))
}

/// The pause after this many deliveries, in seconds: at random between the half and the whole, so that jobs that failed
/// together do not come back together.
fn pause(count: u32, entropy: &dyn Entropy) -> i32 {
    let whole = FIRST_PAUSE.saturating_mul(4_i32.saturating_pow(count.saturating_sub(1))).min(LONGEST_PAUSE);
    let random = auth::random::<1>(entropy).map_or(u8::MAX, |[byte]| byte);
    let half = whole / 2;
    half.saturating_add((whole - half).saturating_mul(i32::from(random)) / i32::from(u8::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use auth::OsEntropy;

    use super::*;

    #[test]
    fn pauses_grow_from_seconds_and_differ() {
        for (count, least, most) in [(0, 2, 5), (1, 2, 5), (2, 10, 20), (3, 40, 80), (4, 160, 320), (99, 180, 360)] {
            let pauses: Vec<_> = (0..100).map(|_| pause(count, &OsEntropy)).collect();
            assert!(pauses.iter().all(|pause| (least..=most).contains(pause)), "{count}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{count}: {pauses:?}");
        }
    }

    #[test]
    fn the_url_of_a_queue_follows_from_its_arn() {
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mail";
        assert_eq!(queue_url("arn:aws:sqs:eu-west-1:123456789012:mail").as_deref(), Some(url));
        assert_eq!(queue_url("mail"), None);
    }
}
