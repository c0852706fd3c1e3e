use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::{Result, io};

/// How long the requests under way may take after the first signal. An endpoint answers within 5 s.
const PATIENCE: Duration = Duration::from_secs(6);

/// SIGTERM and SIGINT, which end the process in good order.
pub struct Signals {
    terminated: Signal,
    interrupted: Signal,
}

impl Signals {
    /// From now on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(io("signals"));
        Ok(Self { terminated: listen(SignalKind::terminate())?, interrupted: listen(SignalKind::interrupt())? })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
        }
    }
}

/// Says whether this process must stop.
#[derive(Clone)]
pub struct Stop(watch::Receiver<()>);

impl Stop {
    /// Waits until the process must stop.
    pub async fn requested(mut self) {
        // The sender sends nothing, so an error is the only outcome: the sender is dropped.
        while self.0.changed().await.is_ok() {}
    }

    /// Whether the process must stop.
    pub fn is_requested(&self) -> bool {
        self.0.has_changed().is_err()
    }
}

/// Runs `serve` until the first signal. Then `serve` gets some seconds to finish what is under way. A second signal ends
/// it at once.
///
/// # Errors
/// Those of `serve`.
pub async fn serve_until(mut signal: impl AsyncFnMut(), serve: impl AsyncFnOnce(Stop) -> Result<()>) -> Result<()> {
    let (running, stop) = watch::channel(());
    let mut serving = std::pin::pin!(serve(Stop(stop)));
    tokio::select! {
        done = &mut serving => return done,
        () = signal() => drop(running),
    }
    tokio::select! {
        done = &mut serving => done,
        () = signal() => Ok(()),
        () = tokio::time::sleep(PATIENCE) => Ok(()),
    }
}
