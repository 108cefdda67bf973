use boxoffice_operator::MAX_REASON_LENGTH;
use clap::Subcommand;

use super::Data;

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List them, oldest first
    List {
        /// Those that were given up instead, the latest first
        #[arg(long, env = "BOXOFFICE_DEAD_LETTERS_DROPPED")]
        dropped: bool,
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
    /// Give one of them up: it never has its effect, and what waits behind it goes on
    Drop {
        /// Its id, as `list` prints it
        id: String,
        /// Why: 1 to 500 characters, kept for ever beside the message
        #[arg(long, env = "BOXOFFICE_DEAD_LETTERS_REASON", value_name = "TEXT", value_parser = reason)]
        reason: String,
        #[command(flatten)]
        data: Data,
    },
}

fn reason(text: &str) -> Result<String, String> {
    match text.trim().chars().count() {
        1..=MAX_REASON_LENGTH => Ok(text.trim().to_owned()),
        _ => Err(format!("expected 1 to {MAX_REASON_LENGTH} characters that say something")),
    }
}
