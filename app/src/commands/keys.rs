//! `keys`: lists, rotates and retires the keys that sign tokens, on a running or a stopped system.

use std::time::Duration;

use boxoffice_identity::KeyChangeRefused;
use boxoffice_operator::{MAX_OVERLAP, RotateKeysRequest, SigningKey};
use clap::Subcommand;

use super::token::open_issuer;
use crate::{
    client::{Connection, connect},
    command_line::DataOption,
};

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the key that signs, and the keys whose tokens are still accepted
    List {
        #[command(flatten)]
        data: DataOption,
    },
    /// Create a key that signs all new tokens
    ///
    /// Tokens of the previous key stay valid until they expire or the overlap ends, whichever is earlier. Tokens issued by
    /// POST /oauth2/token expire after an hour.
    Rotate {
        /// How long tokens of the previous key stay accepted, such as 2h
        #[arg(
            long,
            env = "BOXOFFICE_KEYS_OVERLAP",
            default_value = "2h",
            value_name = "DURATION",
            value_parser = parse_overlap
        )]
        overlap: Duration,
        #[command(flatten)]
        data: DataOption,
    },
    /// Refuse all tokens of a key from now on
    ///
    /// Use it after a key has leaked. If the key signs, a new key takes its place.
    Retire {
        /// Key id, as printed by `keys list`
        // An id is base64url, so it may begin with a hyphen.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Retire the key even if valid tokens are signed with it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        data: DataOption,
    },
}

fn parse_overlap(text: &str) -> Result<Duration, String> {
    let overlap = humantime::parse_duration(text).map_err(|e| format!("{e}: expected a duration such as 2h"))?;
    if overlap > MAX_OVERLAP { Err("expected a duration of at most 366 days".into()) } else { Ok(overlap) }
}

impl Keys {
    /// Runs the command and prints the keys that are known afterwards.
    pub fn run(&self) -> anyhow::Result<()> {
        let keys = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(self.apply())?;
        for SigningKey { id, algorithm, signs, created_at, accepted_until } in keys {
            let status = match accepted_until {
                _ if signs => "signs".to_owned(),
                Some(until) => format!("accepted until {until}"),
                None => "accepted".to_owned(),
            };
            println!("{id}  {algorithm}  created {created_at}  {status}");
        }
        Ok(())
    }

    async fn apply(&self) -> anyhow::Result<Vec<SigningKey>> {
        let (Self::List { data } | Self::Rotate { data, .. } | Self::Retire { data, .. }) = self;
        let data = &data.data;
        match (connect(data).await?, self) {
            (Connection::Running(client), Self::List { .. }) => client.get("/api/v1/keys").await,
            (Connection::Running(client), Self::Rotate { overlap, .. }) => {
                client.post("/api/v1/keys/rotations", &RotateKeysRequest { overlap_seconds: overlap.as_secs() }).await
            }
            (Connection::Running(client), Self::Retire { id, force, .. }) => {
                let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
                client.delete_for_body(&format!("/api/v1/keys/{id}?force={force}")).await
            }
            // The folder stays locked, so that no system starts while the keys change.
            (Connection::Stopped(_folder_lock), command) => {
                let issuer = open_issuer(data)?;
                let keys: Result<_, KeyChangeRefused> = match command {
                    Self::List { .. } => Ok(issuer.keys()),
                    Self::Rotate { overlap, .. } => issuer.rotate(*overlap),
                    Self::Retire { id, force, .. } => issuer.retire(id, *force),
                };
                Ok(keys?.into_iter().map(SigningKey::from).collect())
            }
        }
    }
}
