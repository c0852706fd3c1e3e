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
mod input;
mod issuer;
mod limit;
mod limiter;
mod log;
mod members;
mod request;
mod seed;
mod serve;
mod settings;

pub use address::ClientAddress;
pub use answer::{Answer, Created, Listed, NoContent, Output};
pub use app::{App, Parts, reach};
pub use call::call;
pub use catalogue::Entry;
pub use endpoint::{Endpoint, Method, Route, delete, get, patch, post, put};
pub use error::{Error, FieldError, Result};
pub use input::{Body, FromPath, Input, Json, Path};
pub use issuer::{Issuer, Tokens};
pub use limit::{By, Limit, MINUTE, QUARTER, per_ip, per_subject, per_subject_and_ip, per_user};
pub use limiter::{Limiter, Standing};
pub use log::start_log;
pub use members::{Member, Members};
pub use request::Request;
pub use seed::{SeedLocation, SeedSource};
pub use serve::serve;
pub use settings::Settings;
