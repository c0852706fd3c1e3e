use std::future::pending;
use std::io::Read;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Extension, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::error::{Result, io};
use crate::stop::Stop;

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

/// How long a server that must stop waits for the requests of the connections that it took last.
const DRAIN: Duration = Duration::from_millis(300);

/// A socket that other servers go on listening on. Takes no connection once the server must stop.
struct SharedSocket {
    listener: TcpListener,
    stop: Stop,
}

impl Listener for SharedSocket {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        tokio::select! {
            biased;
            () = self.stop.clone().requested() => pending().await,
            accepted = Listener::accept(&mut self.listener) => accepted,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The address of a client.
#[derive(Clone)]
struct Client(SocketAddr);

impl Connected<IncomingStream<'_, SharedSocket>> for Client {
    fn connect_info(stream: IncomingStream<'_, SharedSocket>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Like `serve`, on a socket that other servers go on listening on: each connection is answered by one of them. An
/// orderly stop would close the connections whose request has not arrived yet.
///
/// # Errors
/// When the socket fails.
pub async fn serve_shared(listener: TcpListener, router: Router, stop: Stop) -> Result<()> {
    let address = async |Extension(ConnectInfo(Client(address))): Extension<ConnectInfo<Client>>,
                         mut request: Request,
                         next: Next|
           -> Response {
        request.extensions_mut().insert(ConnectInfo(address));
        next.run(request).await
    };
    let service = router.layer(from_fn(address)).into_make_service_with_connect_info::<Client>();
    let socket = SharedSocket { listener, stop: stop.clone() };
    let drained = async move {
        stop.requested().await;
        tokio::time::sleep(DRAIN).await;
    };
    axum::serve(socket, service).with_graceful_shutdown(drained).await.map_err(io("gateway"))
}
