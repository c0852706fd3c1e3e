use dynamo::{Write, Written};

use crate::error::{Error, Result};

/// The `outcome` of an event whose write may have been made, or not.
pub const UNKNOWN: &str = "unknown";

/// Makes a write and logs its event as soon as the write has answered, before any further call can fail.
///
/// `event` gets the event's `outcome`: `None` if the write made its change, or [`UNKNOWN`] if the write may have made its
/// change: all responses were lost, or the request ended before the response. Without a change there is no event.
///
/// # Errors
/// Those of the write.
pub async fn recorded<T: Write, E: Into<Error>>(
    write: impl Future<Output = Result<T, E>>,
    event: impl Fn(Option<&str>),
) -> Result<T> {
    let pending = Pending(Some(event));
    let result = write.await.map_err(Into::into);
    pending.settle(match &result {
        Ok(done) => done.written(),
        Err(error) if error.is_unconfirmed() => Written::Unknown,
        Err(_) => Written::Unchanged,
    });
    result
}

/// A write without an answer yet. Dropped early, the write may have been made.
struct Pending<F: Fn(Option<&str>)>(Option<F>);

impl<F: Fn(Option<&str>)> Pending<F> {
    fn settle(mut self, written: Written) {
        let Some(event) = self.0.take() else { return };
        match written {
            Written::Done => event(None),
            Written::Unknown => event(Some(UNKNOWN)),
            Written::Unchanged => {}
        }
    }
}

impl<F: Fn(Option<&str>)> Drop for Pending<F> {
    fn drop(&mut self) {
        if let Some(event) = self.0.take() {
            event(Some(UNKNOWN));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use dynamo::Error as DynamoError;

    use super::*;

    async fn outcomes<T: Write>(result: Result<T, DynamoError>) -> Vec<Option<String>> {
        let seen = RefCell::default();
        let _ = recorded(std::future::ready(result), |outcome| note(&seen, outcome)).await;
        seen.into_inner()
    }

    fn note(seen: &RefCell<Vec<Option<String>>>, outcome: Option<&str>) {
        seen.borrow_mut().push(outcome.map(str::to_owned));
    }

    #[tokio::test]
    async fn a_change_has_its_event_and_a_refusal_has_none() {
        assert_eq!(outcomes(Ok(())).await, [None]);
        assert_eq!(outcomes(Ok(true)).await, [None]);
        assert!(outcomes(Ok(false)).await.is_empty());
        assert!(outcomes(Ok(None::<u8>)).await.is_empty());
        assert!(outcomes::<()>(Err(DynamoError::Throttled(String::new()))).await.is_empty());
    }

    #[tokio::test]
    async fn a_write_that_may_have_been_made_is_an_unknown_outcome() {
        let unknown = [Some(UNKNOWN.to_owned())];
        assert_eq!(outcomes(Ok(Written::Unknown)).await, unknown);
        assert_eq!(outcomes::<()>(Err(DynamoError::Unconfirmed(String::new()))).await, unknown);
    }

    #[tokio::test]
    async fn a_request_that_ends_during_the_write_leaves_an_unknown_outcome() {
        let seen = RefCell::default();
        let write = std::future::pending::<Result<(), DynamoError>>();
        let request = recorded(write, |outcome| note(&seen, outcome));
        assert!(futures_util::FutureExt::now_or_never(request).is_none());
        assert_eq!(seen.into_inner(), [Some(UNKNOWN.to_owned())]);
    }
}
