use clap::{Args, Subcommand};

use super::ServeOptions;

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print every setting with its value, and where that comes from; secrets as ***
    ///
    /// Takes the options of `serve`, and shows what it would run with.
    Show(Show),
    /// Say whether the settings fit: exits with 0, or with 1 and everything that does not
    Check,
    /// Print a file of settings with all of them, what they mean and their defaults, each commented out
    Sample,
}

#[derive(Debug, Args)]
pub struct Show {
    /// As JSON, with what each setting means and its default
    #[arg(long)]
    pub json: bool,
    /// Only what somebody has set
    #[arg(long)]
    pub changed: bool,
    #[command(flatten)]
    pub options: ServeOptions,
}
