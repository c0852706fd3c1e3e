use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use axum::Router;
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::error::{Error, Result, io};
use crate::own_host::refuse_pages;
use crate::private;

/// An embedded DynamoDB on a port of this machine, for programs and not for pages. Stops when dropped.
pub struct Embedded {
    address: SocketAddr,
    server: JoinHandle<std::io::Result<()>>,
}

impl Embedded {
    /// Starts a database in `file`, or in memory. Port 0 picks a free port.
    ///
    /// # Errors
    /// When the file can't be used or the port is taken.
    pub async fn start(file: Option<&Path>, port: u16) -> Result<Self> {
        let failed = |error: dynoxide::DynoxideError| Error::Database(error.to_string());
        let database = match file {
            Some(file) => {
                create(file).map_err(io(file.display().to_string()))?;
                Database::new(&file.to_string_lossy()).map_err(failed)?
            }
            None => Database::memory().map_err(failed)?,
        };
        let address = format!("127.0.0.1:{port}");
        let listener = TcpListener::bind(&address).await.map_err(io(format!("database port {address}")))?;
        let address = listener.local_addr().map_err(io("database port"))?;
        let router = refuse_pages(Router::new().fallback_service(private::service(database)));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, server })
    }

    /// The URL of the database.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Creates a file that only its owner can read, unless the file exists. SQLite gives its other files the same permissions.
fn create(file: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(file).map(|_| ())
}
