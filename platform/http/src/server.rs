//! The HTTP/1.1 server with graceful shutdown.

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

/// Time limit for the head of a request, which includes the idle time before it. It exceeds the usual idle timeout of a
/// load balancer, so that the balancer closes idle connections and sends no request into a connection that is closing.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Maximum size of the head of a request, in bytes. It exceeds [`limits`](crate::limits), which respond with a problem.
const HEAD_BUFFER: usize = 64 * 1024;
/// Delay before the next `accept` when the process has no file descriptors left.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Serves requests on `listener` until `shutdown` is ready. Then accepts no more connections, closes idle ones, and
/// finishes the requests in progress for at most `grace`. Returns the number of connections that it aborted.
///
/// Handlers can extract the peer address as [`ConnectInfo<SocketAddr>`].
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
                    tracing::warn!(%error, "accepting a connection failed");
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
        tracing::warn!(connections = connections.len(), "connections were aborted at shutdown");
    }
    connections.len()
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut draining: watch::Receiver<bool>) {
    // Small responses must not wait for more data; if the option fails, they are only slower.
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
    // A connection error is caused by the client or the network, and is not logged.
    let drain_requested = async move { draining.wait_for(|draining| *draining).await.map(drop) };
    tokio::select! {
        _ = &mut served => {}
        _ = drain_requested => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

/// Whether `accept` failed because the client disconnected, not because the process lacks resources.
fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
