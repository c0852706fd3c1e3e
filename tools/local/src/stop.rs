use std::future::pending;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::error::{Result, io};

/// How long the requests under way may take after the first signal. An endpoint answers within 5 s.
const PATIENCE: Duration = Duration::from_secs(6);

/// SIGTERM and SIGINT, which end the process in good order.
pub struct Signals {
    terminated: Signal,
    interrupted: Signal,
    /// Counts as a signal, unless another one came before: in a terminal, Ctrl-C also reaches the server itself.
    supervisor_ended: Option<oneshot::Receiver<()>>,
}

impl Signals {
    /// From now on the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(io("signals"));
        Ok(Self {
            terminated: listen(SignalKind::terminate())?,
            interrupted: listen(SignalKind::interrupt())?,
            supervisor_ended: None,
        })
    }

    /// The end of the supervisor is a signal, too.
    #[must_use]
    pub fn or(self, supervisor_ended: oneshot::Receiver<()>) -> Self {
        Self { supervisor_ended: Some(supervisor_ended), ..self }
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        let supervisor_ended = async {
            match &mut self.supervisor_ended {
                Some(ended) => drop(ended.await),
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
            () = supervisor_ended => {}
        }
        self.supervisor_ended = None;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Notify;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_delays_the_stop_for_seconds_only() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: local\r\n\r\n").await.unwrap();
        let (begun, mut signals) = (Arc::new(Notify::new()), 0);
        let begins = begun.clone();
        let endless = async move || {
            begins.notify_one();
            pending::<()>().await
        };
        let signal = async || {
            signals += 1;
            if signals == 1 { begun.notified().await } else { pending().await }
        };
        let started = Instant::now();
        let router = Router::new().route("/", get(endless));
        serve_until(signal, async |stop| crate::serve(listener, router, stop).await).await.unwrap();
        assert_eq!(started.elapsed().as_secs(), PATIENCE.as_secs());
    }
}
