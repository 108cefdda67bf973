use std::path::PathBuf;

use clap::Args;

use super::Data;

#[derive(Debug, Args)]
pub struct Backup {
    /// The folder to make of it, which is not there yet; by default `backup-` with the time, in the present one
    #[arg(long, env = "BOXOFFICE_BACKUP_TO", value_name = "DIR")]
    pub to: Option<PathBuf>,
    #[command(flatten)]
    pub data: Data,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The folder that `backup` made
    #[arg(long, env = "BOXOFFICE_RESTORE_FROM", value_name = "DIR")]
    pub from: PathBuf,
    /// Move what is in the data folder aside, into a folder within it; nothing is deleted
    #[arg(long, env = "BOXOFFICE_RESTORE_FORCE")]
    pub force: bool,
    #[command(flatten)]
    pub data: Data,
}
