use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub struct Sizes {
    #[command(flatten)]
    pub data: Data,
}
