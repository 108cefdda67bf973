use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Rules {
    /// Print the rule files that are built in, to start from
    #[arg(long)]
    pub print: bool,
    #[command(subcommand)]
    pub command: Option<RulesCommand>,
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Say whether a file of rules, or a folder of such files, can be used
    ///
    /// Exits with 0 when it can, and with 1 and the first thing that is wrong when it cannot.
    Check {
        /// The file or folder that BOXOFFICE_GATEWAY_RULES is to name
        file: PathBuf,
    },
}
