//! A keep-alive connection with minimal overhead.

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

/// The address of the program under load.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    /// Clock for retry delays.
    pub clock: Clock,
}

/// A request. Its parts are shared, so copies are cheap.
#[derive(Clone)]
pub struct LoadRequest {
    pub method: Method,
    pub uri: Uri,
    pub bearer: Option<HeaderValue>,
    pub key: Option<HeaderValue>,
    pub body: Bytes,
}

impl LoadRequest {
    /// A request without a body, for the path and query `uri`.
    pub fn get(uri: &str, bearer: Option<HeaderValue>) -> anyhow::Result<Self> {
        let uri = uri.parse().with_context(|| format!("{uri} is not a path"))?;
        Ok(Self { method: Method::GET, uri, bearer, key: None, body: Bytes::new() })
    }
}

/// A connection to the program.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    clock: Clock,
}

impl Connection {
    pub async fn open(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await.context("the program does not accept connections")?;
        stream.set_nodelay(true)?;
        let (sender, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        let host = HeaderValue::try_from(target.address.to_string()).context("an address is visible ASCII")?;
        Ok(Self { sender, host, clock: target.clock.clone() })
    }

    /// Sends one request and returns the head of its response.
    pub async fn send(&mut self, request_parts: &LoadRequest) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::new(Full::new(request_parts.body.clone()));
        *request.method_mut() = request_parts.method.clone();
        *request.uri_mut() = request_parts.uri.clone();
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        if let Some(bearer) = &request_parts.bearer {
            headers.insert(header::AUTHORIZATION, bearer.clone());
        }
        if !request_parts.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        if let Some(key) = &request_parts.key {
            headers.insert(IDEMPOTENCY_KEY, key.clone());
        }
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    /// Sends a request and repeats it while the response is 429 or 503 with `Retry-After`, counting the repetitions.
    /// Reads the whole response.
    pub async fn send_with_retries(
        &mut self,
        request_parts: &LoadRequest,
        refused: &mut u64,
    ) -> anyhow::Result<(u16, Bytes)> {
        loop {
            let response = self.send(request_parts).await?;
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

    /// Like [`Connection::send_with_retries`], for a request that must succeed; returns the JSON body.
    pub async fn json(&mut self, request_parts: &LoadRequest) -> anyhow::Result<serde_json::Value> {
        let (status, body) = self.send_with_retries(request_parts, &mut 0).await?;
        let text = String::from_utf8_lossy(&body);
        anyhow::ensure!(status < 300, "{} {} returned {status}: {text}", request_parts.method, request_parts.uri);
        serde_json::from_slice(&body).with_context(|| format!("{} returned {text}", request_parts.uri))
    }
}

/// Delay before the next attempt from `Retry-After`; `None` without it.
fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
