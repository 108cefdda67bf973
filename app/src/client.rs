//! Client of the system that runs on the same data folder.

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Stopwatch};
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::TcpStream;

use crate::{
    commands::token::operator_token,
    folder::{Folder, Holder, OpenResult},
};

/// How a command accesses the data: directly, or through the system that runs on it.
pub enum Connection {
    /// No process uses the data folder, which is locked now.
    Stopped(Folder),
    /// A system that accepts connections.
    Running(Client),
}

/// How long to wait for a process that holds the data but does not listen: it may be starting, or the kernel may still be
/// closing the files of a killed process.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Locks the data folder, or connects to the system that runs on it.
///
/// # Errors
/// The folder contains no data, or the process that uses it does not listen.
pub async fn connect(data: &Path) -> anyhow::Result<Connection> {
    let (clock, watch) = (Clock::system(), Stopwatch::start());
    loop {
        let holder = match Folder::open_existing(data)? {
            OpenResult::Opened(folder) => return Ok(Connection::Stopped(folder)),
            OpenResult::InUse(holder) => holder,
        };
        let listens = match holder.address {
            Some(address) => TcpStream::connect(address).await.is_ok(),
            None => false,
        };
        if listens {
            return Ok(Connection::Running(Client::new(&holder, data)?));
        }
        anyhow::ensure!(watch.elapsed() < LISTEN_TIMEOUT, "{holder} uses the data but does not listen: see its log");
        clock.sleep(Duration::from_millis(50)).await;
    }
}

/// HTTP client of a running system, with an operator's token.
pub struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: String,
}

impl Client {
    /// A client of the process `holder`, with a token signed by the keys in `data`.
    ///
    /// # Errors
    /// The process does not listen yet, or the keys cannot be used.
    fn new(holder: &Holder, data: &Path) -> anyhow::Result<Self> {
        let address = holder.address.with_context(|| format!("{holder} uses the data but does not listen yet"))?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(120)).build()?;
        Ok(Self { http, address, token: operator_token(data)? })
    }

    /// Sends GET and returns the body.
    ///
    /// # Errors
    /// The request fails, or the status is not 2xx.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(self.http.get(self.url(path))).await
    }

    /// Sends POST with a JSON body and returns the response body.
    ///
    /// # Errors
    /// The request fails, or the status is not 2xx.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// Sends DELETE and returns the body.
    ///
    /// # Errors
    /// The request fails, or the status is not 2xx.
    pub async fn delete_for_body<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(self.http.delete(self.url(path))).await
    }

    /// Sends DELETE; returns `false` for the status 404.
    ///
    /// # Errors
    /// The request fails, or the status is neither 2xx nor 404.
    pub async fn delete(&self, path: &str) -> anyhow::Result<bool> {
        let response = self.http.delete(self.url(path)).bearer_auth(&self.token).send().await?;
        if response.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(false);
        }
        response.error_for_status()?;
        Ok(true)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> anyhow::Result<T> {
        let response = request.bearer_auth(&self.token).send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        if !status.is_success() {
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let detail = problem["detail"].as_str().unwrap_or("the response has no problem details");
            match (problem["errors"][0]["field"].as_str(), problem["errors"][0]["message"].as_str()) {
                (Some(field), Some(message)) => anyhow::bail!("{field} {message} ({status})"),
                _ => anyhow::bail!("{detail} ({status})"),
            }
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
