/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// template.yaml has an unexpected form.
    #[error("template.yaml: {0}")]
    Template(String),
    /// The embedded database can't be opened.
    #[error("the embedded database: {0}")]
    Database(String),
    /// A table could not be created.
    #[error("table {table}: {cause}")]
    Table {
        /// The table.
        table: String,
        /// The cause.
        cause: String,
    },
    /// A route of template.yaml has no endpoint, or can't be routed.
    #[error("route {route}: {cause}")]
    Route {
        /// The route.
        route: String,
        /// The cause.
        cause: String,
    },
    /// A file or a socket failed.
    #[error("{what}: {source}")]
    Io {
        /// The file, the socket or the step that failed.
        what: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The data directory is somebody else's.
    #[error("{0} is open to other users, and not a data directory: choose another, or close it")]
    Directory(String),
    /// Another user may have put a file into the data directory.
    #[error("{0} is a link, or of another user, in a data directory that is open to other users: delete it")]
    Planted(String),
    /// The file with the signing seed, or the one with the sealing keys, can't be used.
    #[error("{file}: {cause}")]
    Secret {
        /// The file.
        file: String,
        /// The cause.
        cause: auth::Error,
    },
    /// The sources can't be watched.
    #[error("the sources can't be watched: {0}")]
    Watch(String),
    /// Cargo has shown why.
    #[error("build failed")]
    Build,
    /// A server ended before it was ready.
    #[error("the start of the server failed ({0})")]
    Start(String),
    /// An error of the API.
    #[error(transparent)]
    Api(#[from] api::Error),
    /// An error of DynamoDB.
    #[error(transparent)]
    Dynamo(#[from] dynamo::Error),
    /// An error of the auth crate.
    #[error(transparent)]
    Auth(#[from] auth::Error),
}

/// Adds the file, the socket or the step to an I/O error.
pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { what: what.into(), source }
}
