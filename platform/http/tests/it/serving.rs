//! The server on a real socket.

use std::{future::pending, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get};
use boxoffice_http::server::serve;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use crate::app::App;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<usize>,
}

async fn start(router: Router, grace: Duration) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, router, async move { stopped.await.unwrap_or_default() }, grace));
    Running { address, stop, served }
}

async fn send_head(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The response until the server closes the connection.
async fn read_all(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// A router whose handler notifies the first value when it starts and waits for the second one.
fn blocking_routes() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let gates = (begun.clone(), may_end.clone());
    let slow = get(move || async move {
        gates.0.notify_one();
        gates.1.notified().await;
        "done"
    });
    let peer = get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string());
    (Router::new().route("/slow", slow).route("/peer", peer), begun, may_end)
}

#[tokio::test]
async fn a_shutdown_finishes_requests_and_closes_idle_connections() {
    let (router, begun, may_end) = blocking_routes();
    let Running { address, stop, served } = start(router, Duration::from_secs(30)).await;
    let mut idle = send_head(address, "GET /peer HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut answer = [0; 1024];
    let read = idle.read(&mut answer).await.unwrap();
    assert!(
        String::from_utf8_lossy(&answer[..read]).ends_with("127.0.0.1"),
        "the handler gets the address of the peer"
    );
    let mute = TcpStream::connect(address).await.unwrap();
    let busy = send_head(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    begun.notified().await;

    stop.send(()).unwrap();
    assert_eq!(read_all(idle).await, "");
    assert_eq!(read_all(mute).await, "");
    assert!(TcpStream::connect(address).await.is_err(), "no connection is accepted");
    assert!(!served.is_finished());

    may_end.notify_one();
    let answer = read_all(busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    assert_eq!(served.await.unwrap(), 0);
}

#[tokio::test]
async fn a_shutdown_cuts_requests_off_after_the_grace_period() {
    let (router, begun, _may_end) = blocking_routes();
    let Running { address, stop, served } = start(router, Duration::from_millis(20)).await;
    let busy = send_head(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    begun.notified().await;
    stop.send(()).unwrap();
    assert_eq!(served.await.unwrap(), 1);
    assert_eq!(read_all(busy).await, "");
}

#[tokio::test]
async fn heads_beyond_the_limits_are_answered_with_problems() {
    let app = App::start();
    let Running { address, stop: _stop, .. } = start(app.router.clone(), Duration::from_secs(1)).await;
    let close = "host: x\r\nconnection: close\r\n";
    for (request, status) in [
        (format!("GET /wait HTTP/1.1\r\n{close}\r\n"), "200"),
        (format!("GET /wait?{} HTTP/1.1\r\n{close}\r\n", "q".repeat(9_000)), "414"),
        (format!("GET /wait HTTP/1.1\r\nx-much: {}\r\n{close}\r\n", "m".repeat(17_000)), "431"),
    ] {
        let answer = read_all(send_head(address, &request).await).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(answer.contains("application/problem+json"), status != "200");
    }
}

#[tokio::test]
async fn a_server_without_a_shutdown_signal_keeps_serving() {
    let (router, _, _) = blocking_routes();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, router, pending(), Duration::ZERO));
    for _ in 0..3 {
        let answer =
            read_all(send_head(address, "GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    served.abort();
    assert!(served.await.unwrap_err().is_cancelled());
}
