//! What can go wrong with one write.

use std::collections::HashMap;
use std::time::Duration;

use tests::{Call, Fault, TestApp};

use crate::write_of;

/// When a held write arrives: after the request that gave it up.
const LATE: Duration = Duration::from_secs(4);

/// What goes wrong with one write. The first kinds pass by themselves, so the client notices nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// The first response is lost.
    FirstLost,
    /// The first attempt arrives 4 s later.
    FirstLate,
    /// The write arrives twice.
    Twice,
    /// The first response is half a response.
    FirstGarbled,
    /// The first response is a 500 without a body, after the write was made.
    FirstFailed,
    /// The first attempt conflicts with a transaction.
    Conflict,
    /// The first response is empty.
    FirstEmpty,
    /// All responses are lost.
    AllLost,
    /// All attempts arrive 4 s later.
    AllLate,
    /// All responses are half a response.
    AllGarbled,
    /// Every call after the write is throttled.
    NextFails,
}

impl Variant {
    pub const ALL: [Variant; 11] = [
        Variant::FirstLost,
        Variant::FirstLate,
        Variant::Twice,
        Variant::FirstGarbled,
        Variant::FirstFailed,
        Variant::Conflict,
        Variant::FirstEmpty,
        Variant::AllLost,
        Variant::AllLate,
        Variant::AllGarbled,
        Variant::NextFails,
    ];

    /// Whether the fault passes by itself while the request runs.
    pub fn passes(self) -> bool {
        self < Variant::AllLost
    }

    fn fault(self, call: &Call, is_first: bool) -> Option<Fault> {
        match self {
            Variant::AllLost => Some(Fault::LoseResponse),
            Variant::AllLate => Some(Fault::Late(LATE)),
            Variant::AllGarbled => Some(Fault::Garble),
            Variant::NextFails => None,
            _ if !is_first => None,
            Variant::FirstLost => Some(Fault::LoseResponse),
            Variant::FirstLate => Some(Fault::Late(LATE)),
            Variant::Twice => Some(Fault::Twice),
            Variant::FirstGarbled => Some(Fault::Garble),
            Variant::FirstFailed => Some(Fault::ServerError),
            Variant::Conflict => Some(conflict(call)),
            Variant::FirstEmpty => Some(Fault::Empty),
        }
    }
}

fn conflict(call: &Call) -> Fault {
    match call.body["TransactItems"].as_array() {
        Some(parts) => tests::conflict(parts.len()),
        None => Fault::Refuse("TransactionConflictException"),
    }
}

/// One write of a call: by its name, and its number among the writes of that name. Writes that are under way at once come
/// in any order.
#[derive(Clone, Debug)]
pub struct Target {
    pub write: String,
    number: usize,
}

impl Target {
    /// Each of these writes.
    pub fn all(writes: &[String]) -> Vec<Self> {
        let number = |at: usize, write: &String| writes[..at].iter().filter(|other| *other == write).count();
        writes.iter().enumerate().map(|(at, write)| Self { write: write.clone(), number: number(at, write) }).collect()
    }
}

/// Injects the fault into this write of `function`. Attempts of one write have the same request.
pub fn inject(app: &TestApp, function: &str, target: Target, variant: Variant) {
    let function = function.to_owned();
    let mut attempts: HashMap<String, (usize, usize)> = HashMap::new();
    app.dynamo.fault(move |call| {
        let reached = attempts.values().any(|(write, _)| *write == target.number);
        if write_of(&function, call).is_some_and(|write| write == target.write) {
            let next = attempts.len();
            let (write, count) = attempts.entry(call.body.to_string()).or_insert((next, 0));
            *count += 1;
            if *write == target.number {
                return variant.fault(call, *count == 1);
            }
        }
        let after = variant == Variant::NextFails && reached && call.function == function;
        after.then_some(Fault::Refuse("ThrottlingException"))
    });
}
