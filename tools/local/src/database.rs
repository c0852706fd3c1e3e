use std::net::SocketAddr;
use std::path::Path;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::error::{Error, Result, io};

/// An embedded DynamoDB on a port of this machine. Stops when dropped.
pub struct Embedded {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Embedded {
    /// Starts a database in `file`, or in memory. Port 0 picks a free port.
    ///
    /// # Errors
    /// When the file can't be used or the port is taken.
    pub async fn start(file: Option<&Path>, port: u16) -> Result<Self> {
        let failed = |error: dynoxide::DynoxideError| Error::Database(error.to_string());
        let database = match file {
            Some(file) => Database::new(&file.to_string_lossy()).map_err(failed)?,
            None => Database::memory().map_err(failed)?,
        };
        let address = format!("127.0.0.1:{port}");
        let listener = TcpListener::bind(&address).await.map_err(io(format!("database port {address}")))?;
        let address = listener.local_addr().map_err(io("database port"))?;
        let server = tokio::spawn(async move { dynoxide::server::serve_on(listener, database).await });
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
