//! The HTTP server: HTTP/1.1 on one socket, with a graceful shutdown.

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

/// Timeout for the head of a request and for idle connections. It is longer than the idle timeout of common load balancers,
/// so that the balancer closes idle connections and no request meets a connection that is being closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Buffer for the head of a request, in bytes: larger than the limits of the middleware, which answer with a problem.
const HEAD_BUFFER: usize = 64 * 1024;
/// Delay after a failed `accept`, for example when no file descriptor is free.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Serves requests on `listener` until `shutdown` is ready. Then it accepts no connections, closes idle ones, and finishes
/// requests in progress for at most `grace`. Returns the number of connections that it had to cut off.
///
/// Handlers get the peer's address from [`ConnectInfo<SocketAddr>`].
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
    // Small responses must not wait for more data. A socket that refuses the option is only slower.
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
    // A connection may end in any way; no end of a connection is an error of the server.
    let drain_requested = async move { draining.wait_for(|draining| *draining).await.map(drop) };
    tokio::select! {
        _ = &mut served => {}
        _ = drain_requested => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

/// Whether `accept` failed because the client disconnected, and not because of a lack of local resources.
fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
