use clap::Subcommand;

use super::Data;

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List them, oldest first
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Print one of them, with the reason of its last failure
    Show {
        /// Its id, as `list` prints it
        id: String,
        #[command(flatten)]
        data: Data,
    },
    /// Try one of them again, with all its attempts before it
    Replay {
        /// Its id, as `list` prints it
        id: String,
        #[command(flatten)]
        data: Data,
    },
}
