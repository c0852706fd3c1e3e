//! Every write of every endpoint and worker, while the responses of DynamoDB are lost, late, doubled or broken:
//! docs/faults.md has the results.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod endpoints;
mod report;
mod state;
mod variant;
mod workers;

use std::sync::Arc;

use tests::Call;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many cases run at once. More would slow each other down, and time out for that reason.
const AT_ONCE: usize = 8;

/// Runs all cases, and returns their results in the order of the cases.
async fn run_all<T: Send + 'static>(cases: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let (permits, mut running) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for (at, case) in cases.into_iter().enumerate() {
        let permits = permits.clone();
        running.spawn(async move {
            let _permit = permits.acquire().await.unwrap();
            (at, case.await)
        });
    }
    let mut done = running.join_all().await;
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The writes among these calls of a function, in the order of their round trips. Writes that were under way at once are in
/// the order of their names.
fn writes(function: &str, mut calls: Vec<Call>) -> Vec<String> {
    calls.sort_by_key(|call| call.time.answered.get().copied());
    let times = calls.iter().map(|call| (call.time.asked, *call.time.answered.get().unwrap()));
    let rounds = tests::rounds(times);
    let mut writes: Vec<_> =
        rounds.into_iter().zip(&calls).filter_map(|(round, call)| Some((round, write_of(function, call)?))).collect();
    writes.sort();
    writes.into_iter().map(|(_, write)| write).collect()
}

/// A write of a function, such as `PutItem sessions`, without the prefix of the table's name.
fn write_of(function: &str, call: &Call) -> Option<String> {
    const WRITES: [&str; 5] = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"];
    if call.function != function || !WRITES.contains(&call.operation.as_str()) {
        return None;
    }
    let mut tables: Vec<String> =
        call.grants().into_iter().map(|grant| grant.resource.replace("Table.Arn", "")).collect();
    tables.dedup();
    Some(format!("{} {}", call.operation, tables.join("+")))
}
