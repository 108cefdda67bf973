//! How a command asks the system that is running on the same data.

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use boxoffice_clock::{Clock, Stopwatch};
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::TcpStream;

use crate::{
    folder::{Folder, Holder, Opened},
    token,
};

/// The data of a system that is stopped, or the system that runs on it.
pub enum Reached {
    /// The folder is ours.
    Stopped(Folder),
    /// It answers.
    Running(Client),
}

/// How long a process may take that has the data but does not listen: one that is starting, or one that was killed and
/// whose files the kernel is still closing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Finds out who has the data.
///
/// # Errors
/// When there is none, or whoever has it does not listen.
pub async fn reach(data: &Path) -> anyhow::Result<Reached> {
    let (clock, watch) = (Clock::system(), Stopwatch::start());
    loop {
        let holder = match Folder::open_existing(data)? {
            Opened::Ours(folder) => return Ok(Reached::Stopped(folder)),
            Opened::Theirs(holder) => holder,
        };
        let listens = match holder.address {
            Some(address) => TcpStream::connect(address).await.is_ok(),
            None => false,
        };
        if listens {
            return Ok(Reached::Running(Client::of(&holder, data)?));
        }
        anyhow::ensure!(watch.elapsed() < PATIENCE, "{holder} has the data but does not listen");
        clock.sleep(Duration::from_millis(50)).await;
    }
}

/// A running system, asked as its operator.
pub struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: String,
}

impl Client {
    /// Of the process that has the folder.
    ///
    /// # Errors
    /// When it does not listen yet, or the folder's keys cannot be used.
    fn of(holder: &Holder, data: &Path) -> anyhow::Result<Self> {
        let address = holder.address.with_context(|| format!("{holder} has the data but does not listen yet"))?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(120)).build()?;
        Ok(Self { http, address, token: token::for_operator(data)? })
    }

    /// GET.
    ///
    /// # Errors
    /// When there is no answer, or it is a refusal.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(self.http.get(self.url(path))).await
    }

    /// POST.
    ///
    /// # Errors
    /// When there is no answer, or it is a refusal.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// DELETE, of something whose rest is answered.
    ///
    /// # Errors
    /// When there is no answer, or it is a refusal.
    pub async fn remove<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(self.http.delete(self.url(path))).await
    }

    /// DELETE; `false` when there was nothing to delete.
    ///
    /// # Errors
    /// When there is no answer, or it is another refusal.
    pub async fn delete(&self, path: &str) -> anyhow::Result<bool> {
        let answer = self.http.delete(self.url(path)).bearer_auth(&self.token).send().await?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(false);
        }
        answer.error_for_status()?;
        Ok(true)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> anyhow::Result<T> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let detail = problem["detail"].as_str().unwrap_or("no reason was given");
            match (problem["errors"][0]["field"].as_str(), problem["errors"][0]["message"].as_str()) {
                (Some(field), Some(why)) => anyhow::bail!("{field} {why} ({status})"),
                _ => anyhow::bail!("{detail} ({status})"),
            }
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
