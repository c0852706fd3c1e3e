use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::call::Call;
use super::connection::{Connection, PAGE, read};
use super::target::Target;

/// Results of calls.
#[derive(Default)]
pub struct Tally {
    /// Times of good responses, in milliseconds.
    pub took: BTreeMap<Call, Vec<f64>>,
    /// Number of other responses, by call and error.
    pub unexpected: BTreeMap<(Call, String), usize>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        for (call, took) in other.took {
            self.took.entry(call).or_default().extend(took);
        }
        for (what, count) in other.unexpected {
            *self.unexpected.entry(what).or_default() += count;
        }
    }
}

/// Connections that all load one target.
pub struct Crowd {
    pub target: Arc<Target>,
    pub tally: Tally,
    pub elapsed: Duration,
    connections: Vec<Connection>,
}

impl Crowd {
    /// Connects, signs in, makes sure that pages are full, and warms up.
    pub async fn new(target: &Arc<Target>, connections: usize, warm_up: Duration) -> Result<Self, String> {
        let mut all = Vec::new();
        for number in 0..connections {
            all.push(Connection::new(target.clone(), number).await?);
        }
        let mut crowd =
            Self { target: target.clone(), tally: Tally::default(), elapsed: Duration::ZERO, connections: all };
        crowd.check().await?;
        crowd.run(warm_up).await?;
        crowd.tally.took.clear();
        crowd.elapsed = Duration::ZERO;
        Ok(crowd)
    }

    /// Checks that pages are full, because half a page would be too fast.
    async fn check(&self) -> Result<(), String> {
        for connection in &self.connections {
            for call in [Call::List, Call::ListDeep, Call::Favorites] {
                let response = read(&connection.send(call).await?)?;
                if response.as_array().map(Vec::len) != Some(PAGE) {
                    return Err(format!("{}: {} did not fill a page: {response}", self.target.name, call.name()));
                }
            }
        }
        Ok(())
    }

    /// Sends calls for this time, on all connections at once.
    pub async fn run(&mut self, time: Duration) -> Result<(), String> {
        let started = Instant::now();
        let mut running = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            running.spawn(async move {
                let tally = load(&mut connection, started + time).await;
                (connection, tally)
            });
        }
        while let Some(done) = running.join_next().await {
            let (connection, tally) = done.map_err(|error| error.to_string())?;
            self.connections.push(connection);
            self.tally.add(tally);
        }
        self.elapsed += started.elapsed();
        Ok(())
    }
}

async fn load(connection: &mut Connection, until: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < until {
        let call = connection.next();
        let started = Instant::now();
        match connection.send(call).await {
            Ok(_) => tally.took.entry(call).or_default().push(started.elapsed().as_secs_f64() * 1000.0),
            Err(cause) => *tally.unexpected.entry((call, cause)).or_default() += 1,
        }
    }
    tally
}
