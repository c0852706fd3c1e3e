//! The catalogue of all endpoints. Each file in `functions/src/bin` is a separate Lambda. Each is also a module
//! here, so that tests and the local server can call all endpoints in process.
//!
//! The catalogue is a separate package. If the executables shared a package with it, a change in one endpoint would
//! rebuild all of them.
#![deny(missing_docs)]

use api::openapi::{self, Info};
use api::{Code, Entry, Metric, TaskEntry, WorkerEntry};
use serde_json::Value;

// The endpoints: `build.rs` finds the files.
include!(concat!(env!("OUT_DIR"), "/endpoints.rs"));

macro_rules! domains {
    ($($domain:ident,)*) => {
        /// The error codes of the framework and of each domain.
        pub const CODES: &[&[Code]] = &[api::codes::ALL, $($domain::CODES,)*];

        /// The events of the framework and of each domain.
        pub const EVENTS: &[&[&str]] = &[api::FRAMEWORK_EVENTS, $($domain::EVENTS,)*];

        /// The metrics of the framework and of each domain.
        pub const METRICS: &[&[Metric]] = &[api::FRAMEWORK_METRICS, $($domain::METRICS,)*];
    };
}

domains! {
    identity,
    shop,
}

/// The OpenAPI 3.1 document of the API. `docs/openapi.json` is its reviewed copy.
pub fn openapi() -> Value {
    let info =
        Info { title: "Secure Endpoints", version: env!("CARGO_PKG_VERSION"), description: include_str!("info.md") };
    openapi::document(&info, CATALOGUE)
}

// `main` belongs to the binary.
#[expect(dead_code)]
#[path = "../../src/workers"]
mod workers {
    pub mod key_rotate;
    pub mod mail_send;
    pub mod unverified_end;
    pub mod user_erase;
}

pub use workers::key_rotate::KeyRotate;
pub use workers::unverified_end::UnverifiedEnd;
pub use workers::user_erase::Owned;

/// All workers.
pub const WORKERS: &[WorkerEntry] = &[
    WorkerEntry::of::<workers::mail_send::MailSend>("mail_send"),
    WorkerEntry::of::<workers::user_erase::UserErase>("user_erase"),
];

/// All tasks.
pub const TASKS: &[TaskEntry] =
    &[TaskEntry::of::<KeyRotate>("key_rotate"), TaskEntry::of::<UnverifiedEnd>("unverified_end")];
