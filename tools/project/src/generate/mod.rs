//! Writes new endpoints and resources.

mod domain;
mod edits;
mod endpoint;
mod field;
mod field_view;
mod manifests;
mod name;
mod render;
mod repository;
mod request;
mod resource;
mod route;
mod samples;
mod taken;
mod types;
mod view;
mod write;

pub use endpoint::new_endpoint;
pub use request::{Generated, NewEndpoint, NewResource, Owner};
pub use write::new_resource;
