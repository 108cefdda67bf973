use std::time::Duration;

use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub data: Data,
    /// How long to wait for what is on its way to arrive
    #[arg(long, env = "BOXOFFICE_VERIFY_WAIT", default_value = "30s", value_parser = humantime::parse_duration)]
    pub wait: Duration,
}
