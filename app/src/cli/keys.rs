use std::time::Duration;

use boxoffice_operator::MAX_OVERLAP;
use clap::Subcommand;

use super::Data;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys: the one that signs, and those whose tokens are still accepted
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Sign with a fresh key from now on
    ///
    /// The key of before stays known until the overlap has ended: what it has signed stays good until then. The tokens of
    /// POST /oauth2/token live an hour; one that lives longer than the overlap ends with it.
    Rotate {
        /// How long the key of before stays known, such as 2h
        #[arg(long, env = "BOXOFFICE_KEYS_OVERLAP", default_value = "2h", value_name = "SPAN", value_parser = overlap)]
        overlap: Duration,
        #[command(flatten)]
        data: Data,
    },
    /// Refuse whatever a key has signed, from now on
    ///
    /// For a key that has leaked. Should it be the one that signs, a fresh one does from now on.
    Retire {
        /// Its id, as `list` prints it
        id: String,
        /// Also when tokens that it has signed are still good
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        data: Data,
    },
}

fn overlap(text: &str) -> Result<Duration, String> {
    let overlap = humantime::parse_duration(text).map_err(|e| format!("{e}: expected a span such as 2h"))?;
    if overlap > MAX_OVERLAP { Err("expected a span of at most 366 days".into()) } else { Ok(overlap) }
}
