use std::future::Future;
use std::time::Duration;

use auth::BoxFuture;
use tokio::time::Instant;

use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};

/// Opens the connection to DynamoDB, if it is `needed`. Boxed, so that binaries without a database don't contain the code
/// that calls DynamoDB.
pub(crate) fn ping<'a>(context: &'a Context, permit: &'a Permit, needed: bool) -> BoxFuture<'a, Result<()>> {
    if needed { Box::pin(context.ping(permit)) } else { Box::pin(std::future::ready(Ok(()))) }
}

/// How long a start prepares for. Lambda ends a start that takes 10 s.
const PREPARING: Duration = Duration::from_secs(5);

/// Builds the parts, and prepares everything that the first call would otherwise wait for. `ping` opens the connection to
/// DynamoDB. Only a missing or wrong setting is an error. Everything else may pass by itself, so it is logged, and the
/// calls work or answer 503.
pub(crate) async fn start<P: Part>(context: &Context, ping: BoxFuture<'_, Result<()>>) -> Result<()> {
    let parts = context.part::<P>(&Permit::for_call())?;
    if !context.own_settings().prewarm {
        return Ok(());
    }
    let prepared = async {
        // A failed ping must not keep the parts from preparing: they may work without DynamoDB, or it may be back.
        let (pinged, prepared) = (ping.await, parts.prewarm(context).await);
        pinged.and(prepared)
    };
    match tokio::time::timeout(PREPARING, prepared).await {
        Ok(Err(error @ Error::Setting { .. })) => Err(error),
        Ok(Err(cause)) => {
            tracing::error!(event = "start_incomplete", %cause);
            Ok(())
        }
        Ok(Ok(())) => Ok(()),
        Err(_) => {
            tracing::error!(event = "start_incomplete", cause = "it takes too long");
            Ok(())
        }
    }
}

/// How long a program tries that can't work without its stores.
const TRYING: Duration = Duration::from_secs(5);
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Tries again for 5 s, for programs that can't work before the step is done. Returns the last error. Functions don't use
/// this: they start at once, and their calls answer 503.
///
/// # Errors
/// The error of the last try.
pub async fn try_for_a_while<T, E, F>(mut step: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let last = Instant::now() + TRYING;
    loop {
        match step().await {
            Err(_) if Instant::now() < last => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
}
