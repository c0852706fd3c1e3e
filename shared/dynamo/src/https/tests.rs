use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::*;
use crate::{Connection, Db};

async fn get(url: String) -> Result<HttpResponse, ConnectorError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).unwrap();
    Https::new(&TrustStore::Amazon, CONNECT).unwrap().call(request).await
}

#[tokio::test]
async fn where_nobody_listens_a_retry_may_help() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert!(get(format!("https://{address}/")).await.unwrap_err().is_io());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_greet_is_a_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let started = tokio::time::Instant::now();
    let error = get(format!("https://{}/", silent.local_addr().unwrap())).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(started.elapsed().as_millis(), CONNECT.as_millis());
}

/// Answers the first request with 500 and later requests with 200. Returns the number of connections.
fn unwell_at_first(listener: TcpListener) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut answers = ["500 Internal Server Error", "200 OK"].into_iter().peekable();
        let mut connections = 0;
        while answers.peek().is_some() {
            let (stream, _) = listener.accept().unwrap();
            connections += 1;
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.by_ref().map_while(std::result::Result::ok).any(|line| line.is_empty()) {
                let Some(status) = answers.next() else { break };
                write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
                if answers.peek().is_none() {
                    break;
                }
            }
        }
        connections
    })
}

#[tokio::test]
async fn a_retry_goes_over_another_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let db = database(&listener);
    let server = unwell_at_first(listener);
    db.client.list_tables().send().await.unwrap();
    assert_eq!(server.join().unwrap(), 2);
}

/// Answers the first `good` requests, each over its own connection, then keeps these connections silent. Answers
/// all requests over later connections. Returns the number of connections so far.
fn silent_after(listener: TcpListener, good: usize) -> Arc<std::sync::atomic::AtomicUsize> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let count = Arc::new(AtomicUsize::new(0));
    let connections = Arc::clone(&count);
    let together = Arc::new(std::sync::Barrier::new(good));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(std::result::Result::ok) {
            let (early, together) = (connections.fetch_add(1, Ordering::SeqCst) < good, Arc::clone(&together));
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let mut answered = 0;
                while lines.by_ref().map_while(std::result::Result::ok).any(|line| line.is_empty()) {
                    if early && answered == 0 {
                        together.wait();
                    }
                    answered += 1;
                    if !early || answered == 1 {
                        write!(&stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
                    }
                }
            });
        }
    });
    count
}

fn database(listener: &TcpListener) -> Db {
    let connection = Connection {
        region: "eu-west-1".to_owned(),
        access_key_id: "none".to_owned(),
        secret_access_key: "none".to_owned(),
        session_token: None,
        endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
        http: http_client(&TrustStore::Amazon, CONNECT).unwrap(),
    };
    Db::new(connection.dynamodb(), "test-")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_at_most_waits_for_connections_that_went_silent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let db = database(&listener);
    let connections = silent_after(listener, 4);
    let call = || db.client.list_tables().send();
    let (a, b, c, d) = tokio::join!(call(), call(), call(), call());
    assert!([a, b, c, d].iter().all(std::result::Result::is_ok));
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 4);
    let started = std::time::Instant::now();
    call().await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(1900), "more than one attempt waited");
    let started = std::time::Instant::now();
    for _ in 0..4 {
        call().await.unwrap();
    }
    assert!(started.elapsed() < Duration::from_millis(900), "a later request waited");
}

#[tokio::test]
async fn connections_idle_for_long_are_not_tried() {
    let https = Https::new(&TrustStore::Amazon, CONNECT).unwrap();
    let now = SystemTime::now();
    let number = |after: Duration| https.current(now + after).1;
    assert_eq!(number(IDLE / 2), 0);
    // Each use counts anew.
    assert_eq!(number(IDLE + IDLE / 4), 0);
    assert_eq!(number(IDLE * 3), 1);
    // A clock that is set back changes nothing.
    assert_eq!(number(Duration::ZERO), 1);
}

/// Drops a request to a silent server after this time. Returns the number of the pool that the next request uses.
async fn pool_after_a_request_dropped_after(time: Duration) -> u64 {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let https = Https::new(&TrustStore::Amazon, CONNECT).unwrap();
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(format!("http://{}/", silent.local_addr().unwrap())).unwrap();
    assert!(tokio::time::timeout(time, https.call(request)).await.is_err());
    https.current(SystemTime::now()).1
}

#[tokio::test(start_paused = true)]
async fn only_a_request_that_waited_in_vain_gives_up_the_connections() {
    assert_eq!(pool_after_a_request_dropped_after(SLOW / 5).await, 0, "a request that was no longer needed");
    assert_eq!(pool_after_a_request_dropped_after(SLOW).await, 1, "a request without an answer");
}
