/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// template.yaml is not what is expected of it.
    #[error("template.yaml: {0}")]
    Template(String),
    /// The embedded database can't be opened.
    #[error("the embedded database: {0}")]
    Database(String),
    /// A table could not be made.
    #[error("table {table}: {cause}")]
    Table {
        /// The table.
        table: String,
        /// Why.
        cause: String,
    },
    /// A route of template.yaml has no endpoint, or can't be routed.
    #[error("route {route}: {cause}")]
    Route {
        /// The route.
        route: String,
        /// Why.
        cause: String,
    },
    /// A file or a socket.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The API.
    #[error(transparent)]
    Api(#[from] api::Error),
    /// DynamoDB.
    #[error(transparent)]
    Dynamo(#[from] dynamo::Error),
    /// The auth crate.
    #[error(transparent)]
    Auth(#[from] auth::Error),
}

/// Adds to an I/O error what was being done.
pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { what: what.into(), source }
}
