use std::net::SocketAddr;

use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    pub data: Data,
    /// Where `serve` would listen
    #[arg(long, env = "BOXOFFICE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// How many bytes should be free on the disk of the data; what the data takes has to be free in any case
    #[arg(long, env = "BOXOFFICE_DOCTOR_FREE", default_value = "1073741824", value_name = "BYTES")]
    pub free: u64,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
