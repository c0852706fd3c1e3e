//! The API on one machine: an embedded DynamoDB and a gateway. Routes, tables and CORS settings come from
//! template.yaml, so they match the deployed stack. Tests use the same parts.
#![deny(missing_docs)]

mod cors;
mod database;
mod demo;
mod directory;
mod environment;
mod error;
mod event;
mod gateway;
mod grant;
mod held;
mod jobs;
mod line;
mod log;
mod own_host;
mod private;
mod statements;
mod stop;
mod supervised;
mod sweep;
mod tables;
mod template;
mod watch;

pub use database::Embedded;
pub use demo::seed;
pub use directory::{ephemeral_directory, private_directory};
pub use environment::Environment;
pub use error::{Error, Result};
pub use event::to_event;
pub use gateway::{Gateway, Invoke, redirect_root_to_docs, router, serve};
pub use grant::{Grant, NoGrant};
pub use jobs::Workers;
pub use log::{Log, RequestLog};
pub use own_host::refuse_other_hosts;
pub use stop::{Signals, Stop, serve_until};
pub use supervised::{READY, inherited_socket, serve_shared, supervisor_ended};
pub use sweep::sweep;
pub use tables::create_tables;
pub use template::{Cors, Function, Template, binary_name, logical_id};
pub use watch::Supervisor;
