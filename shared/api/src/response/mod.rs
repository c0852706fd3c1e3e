//! Responses, and the outputs of endpoints that become one.

mod asset;
mod default_headers;
mod into_response;
#[allow(clippy::module_inception)]
mod response;
mod tagged;
mod versioned;

pub use asset::{Asset, AssetFiles, AssetKind, LIBRARY_POLICY, PAGE_POLICY, StaticAsset};
pub use into_response::{Accepted, Created, IntoResponse, NoContent, Paged, Selected, Started};
pub use response::Response;
pub use tagged::Tagged;
pub use versioned::Versioned;
