//! The start of a process, up to its first call.

use std::time::Duration;

use auth::BoxFuture;

use crate::context::{Context, Part, Permit};
use crate::error::{Error, Result};
use crate::settings::Prewarm;

/// Opens the connection to DynamoDB, if it is `needed`. Boxed, so that binaries without a database don't contain the code
/// that calls DynamoDB.
pub(crate) fn ping<'a>(context: &'a Context, permit: &'a Permit, needed: bool) -> BoxFuture<'a, Result<()>> {
    if needed { Box::pin(context.ping(permit)) } else { Box::pin(std::future::ready(Ok(()))) }
}

/// Starts an endpoint, a worker or a task, up to its first call.
pub(crate) type Prepare = for<'a> fn(&'a Context, &'a Permit) -> BoxFuture<'a, Result<()>>;

/// How long a start prepares for. Lambda ends a start that takes 10 s.
const PREPARING: Duration = Duration::from_secs(5);

/// Builds the parts, and prepares everything that the first call would otherwise wait for. `ping` opens the connection to
/// DynamoDB. Only a missing or wrong setting is an error. Everything else may pass by itself, so it is logged, and the
/// calls work or answer 503.
pub(crate) async fn start<P: Part>(context: &Context, ping: BoxFuture<'_, Result<()>>) -> Result<()> {
    let parts = context.part::<P>(&Permit::for_call())?;
    let prepares = match context.own_settings().prewarm {
        Prewarm::Never => false,
        Prewarm::WhereItPays => P::PREWARMS,
        Prewarm::Always => true,
    };
    if !prepares {
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
