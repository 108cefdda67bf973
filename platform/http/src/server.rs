//! The HTTP server: HTTP/1.1 on one socket, and a shutdown that finishes what is under way.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, extract::ConnectInfo};
use boxoffice_clock::Clock;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tower::Service;

/// How long the head of a request may take to arrive. It runs while a connection is idle as well, and is longer than the
/// usual load balancer keeps one, so that it is the balancer that closes it and no request meets a closing door.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// The most that is read of a head, in bytes: more than our own limits, so that it is they that answer.
const HEAD_BUFFER: usize = 64 * 1024;
/// How long to wait when the machine has no file descriptor left.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Answers requests on `listener` until `shutdown` is ready; then takes no more connections, closes the idle ones, and
/// finishes the requests that are under way, for at most `grace`. Returns how many connections had to be cut off.
///
/// Handlers find the address of the peer as [`ConnectInfo<SocketAddr>`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
    grace: Duration,
) -> usize {
    let clock = Clock::system();
    let (drain, draining) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => { connections.spawn(connection(stream, peer, router.clone(), draining.clone())); }
                Err(error) if is_connection_error(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    clock.sleep(ACCEPT_RETRY_DELAY).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    drain.send_replace(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, finished).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests were cut off at shutdown");
    }
    connections.len()
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut draining: watch::Receiver<bool>) {
    // Small answers must not wait for more to send; a socket that refuses is only slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().call(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    // How a connection ends is the client's affair: nothing of it is an error of ours.
    let drain_requested = async move { draining.wait_for(|draining| *draining).await.map(drop) };
    tokio::select! {
        _ = &mut served => {}
        _ = drain_requested => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

/// Whether `accept` failed for a client that has gone away, and not for want of something of ours.
fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
