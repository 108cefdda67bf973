use std::net::SocketAddr;

use boxoffice_runtime::telemetry;
use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub struct Serve {
    /// Which services to run: all when none is named. Fewer than all need a broker between them
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    #[command(flatten)]
    pub options: ServeOptions,
}

#[derive(Debug, Args)]
pub struct ServeOptions {
    /// Where to listen
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub data: Data,
    /// Whether to put a demo catalogue into the data; by default when there is none
    #[arg(long, env = "BOXOFFICE_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub demo: Option<bool>,
    /// How log lines look, on stderr
    #[arg(long, env = "BOXOFFICE_LOG_FORMAT", default_value = "human", value_name = "human|json")]
    pub log_format: telemetry::Format,
    /// Which log lines are written: a level, or levels for each part such as `info,boxoffice_writer=debug`
    #[arg(long, env = "BOXOFFICE_LOG", default_value = "info", value_name = "FILTER", value_parser = filter)]
    pub log: String,
}

fn filter(text: &str) -> Result<String, telemetry::BadFilter> {
    telemetry::check(text).map(|()| text.to_owned())
}
