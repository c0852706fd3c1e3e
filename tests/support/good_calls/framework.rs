use super::GoodCall;

/// A good call of an endpoint of the framework.
pub(super) fn good_call(endpoint: &str) -> Option<GoodCall> {
    let path = match endpoint {
        "docs" => "/docs",
        "docs_asset" => "/docs/docs.css",
        "health" => "/v1/health",
        "openapi" => "/openapi.json",
        _ => return None,
    };
    Some((path.to_owned(), None, 200))
}
