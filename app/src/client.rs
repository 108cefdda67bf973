//! How a command asks the system that is running on the same data.

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use serde::{Serialize, de::DeserializeOwned};

use crate::{folder::Holder, token};

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
    pub fn of(holder: &Holder, data: &Path) -> anyhow::Result<Self> {
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
            anyhow::bail!("{detail} ({status})");
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
