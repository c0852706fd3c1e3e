use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::error::{Result, io};

/// How the line starts that says that a server is ready.
pub const READY: &str = "ready ";

/// The socket of the API, which a supervisor passes to a server as standard input.
///
/// # Errors
/// When standard input is no such socket.
pub fn inherited_socket() -> Result<TcpListener> {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().map(std::net::TcpListener::from);
    let socket = socket.and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
    socket.and_then(TcpListener::from_std).map_err(io("standard input as a socket"))
}

/// Says when the supervisor at the other end of standard output has closed it, or has ended.
///
/// # Errors
/// When the system refuses.
pub fn supervisor_ended() -> Result<oneshot::Receiver<()>> {
    let output = std::io::stdout().as_fd().try_clone_to_owned().map(UnixStream::from);
    let mut output = output.map_err(io("standard output"))?;
    let (sender, ended) = oneshot::channel();
    // A thread, because standard output must stay blocking. The thread ends with the process.
    std::thread::spawn(move || {
        // The supervisor sends nothing.
        let _ = output.read(&mut [0]);
        let _ = sender.send(());
    });
    Ok(ended)
}
