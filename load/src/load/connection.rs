//! One keep-alive connection, as cheap as a client can be.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use boxoffice_clock::Clock;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response, Uri,
    body::{Bytes, Incoming},
    client::conn::http1::{SendRequest, handshake},
    header::{self, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is loaded.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    /// For waits between attempts.
    pub clock: Clock,
}

/// What to ask for. All its parts are shared, so a copy costs next to nothing.
#[derive(Clone)]
pub struct Ask {
    pub method: Method,
    pub uri: Uri,
    pub bearer: Option<HeaderValue>,
    pub key: Option<HeaderValue>,
    pub body: Bytes,
}

impl Ask {
    /// A request without a body, for the path and query `uri`.
    pub fn get(uri: &str, bearer: Option<HeaderValue>) -> anyhow::Result<Self> {
        let uri = uri.parse().with_context(|| format!("{uri} is no path"))?;
        Ok(Self { method: Method::GET, uri, bearer, key: None, body: Bytes::new() })
    }
}

/// An open connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    clock: Clock,
}

impl Connection {
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await.context("the program does not listen")?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        let host = HeaderValue::try_from(target.address.to_string()).context("an address is visible ASCII")?;
        Ok(Self { sender, host, clock: target.clock.clone() })
    }

    /// Sends one request and returns its answer once it begins.
    pub async fn send(&mut self, ask: &Ask) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::new(Full::new(ask.body.clone()));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = ask.uri.clone();
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        if let Some(bearer) = &ask.bearer {
            headers.insert(header::AUTHORIZATION, bearer.clone());
        }
        if !ask.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        if let Some(key) = &ask.key {
            headers.insert(IDEMPOTENCY_KEY, key.clone());
        }
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    /// Sends a request and repeats it while the response is 429 or 503 with `Retry-After`, counting the repetitions.
    /// Reads the whole response.
    pub async fn insist(&mut self, ask: &Ask, refused: &mut u64) -> anyhow::Result<(u16, Bytes)> {
        loop {
            let response = self.send(ask).await?;
            let status = response.status().as_u16();
            let later = retry_after(&response);
            let body = response.into_body().collect().await?.to_bytes();
            match later {
                Some(wait) if matches!(status, 429 | 503) => {
                    *refused += 1;
                    self.clock.sleep(wait).await;
                }
                _ => return Ok((status, body)),
            }
        }
    }

    /// As [`Connection::insist`], for a request that must succeed; its answer as JSON.
    pub async fn json(&mut self, ask: &Ask) -> anyhow::Result<serde_json::Value> {
        let (status, body) = self.insist(ask, &mut 0).await?;
        let text = String::from_utf8_lossy(&body);
        anyhow::ensure!(status < 300, "{} {} was answered {status}: {text}", ask.method, ask.uri);
        serde_json::from_slice(&body).with_context(|| format!("{} was answered {text}", ask.uri))
    }
}

/// Delay before the next attempt from `Retry-After`; `None` without it.
fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
