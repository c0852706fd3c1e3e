//! How a call runs: [`Endpoint`] declares it, [`call`] is its path, [`Error`] is what the client sees when it fails,
//! and [`serve`] is the whole `main` of a Lambda.
#![deny(missing_docs)]

mod address;
mod answer;
mod app;
mod call;
mod catalogue;
mod endpoint;
mod error;
mod face;
mod file;
mod input;
mod issuer;
mod job;
mod limit;
mod limiter;
mod log;
mod members;
mod metrics;
mod passwords;
mod queue;
mod refusal;
mod request;
mod seed;
mod serve;
mod settings;
mod spool;
mod worker;

pub use address::{ClientAddress, Edge};
pub use answer::{Accepted, Answer, Created, Listed, NoContent, Output};
pub use app::{App, Needs, Parts, reach};
pub use call::call;
pub use catalogue::Entry;
pub use endpoint::{Endpoint, Method, Route, delete, get, patch, post, put};
pub use error::{Error, FieldError, Result, SignInFailure};
pub use input::{Body, FromPath, Input, Json, Path};
pub use issuer::{AccessToken, Issuer, Tokens};
pub use job::{Job, QueueName};
pub use limit::{By, HOUR, Limit, MINUTE, QUARTER, account_subject, counts_address, counts_subject, mailbox_subject};
pub use limit::{per_ip, per_subject, per_subject_and_ip, per_subject_at_new_addresses, per_user};
pub use limiter::{Limiter, Standing};
pub use log::start_log;
pub use members::{Member, Members};
pub use metrics::{METRICS, Metric};
pub use queue::QueueLocation;
pub use refusal::refusal;
pub use request::Request;
pub use seed::{SeedLocation, SeedSource};
pub use serve::{serve, serve_task, serve_worker};
pub use settings::{MailSettings, Settings};
pub use spool::{Spool, Spooled};
pub use worker::{Worker, work, work_batch};
