//! `dead-letters`: lists, shows, replays and discards dead letters, on a running or a stopped system.

use std::path::Path;

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::Database;
use boxoffice_envelope::Origin;
use boxoffice_operator::{
    DeadLetter, DiscardRequest, DiscardedDeadLetter, MAX_REASON_LENGTH, dead_letters, discarded_dead_letters,
};
use boxoffice_outbox::{Backoff, MIGRATIONS};
use boxoffice_writer::{
    Command, DeadLetterRefusal, DiscardDeadLetter, Limits, Reactions, ReplayDeadLetter, Writer, WriterParts,
};
use clap::Subcommand;

use crate::{
    client::{Connection, connect},
    command_line::DataOption,
    folder::Folder,
    services::SERVICES,
};

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List dead letters, oldest first
    List {
        /// List discarded dead letters instead, latest first
        #[arg(long, env = "BOXOFFICE_DEAD_LETTERS_DISCARDED")]
        discarded: bool,
        #[command(flatten)]
        data: DataOption,
    },
    /// Show a dead letter, with the error of its last delivery attempt
    Show {
        /// Id of the dead letter, as printed by `dead-letters list`
        id: String,
        #[command(flatten)]
        data: DataOption,
    },
    /// Deliver a dead letter again, with a fresh set of delivery attempts
    Replay {
        /// Id of the dead letter, as printed by `dead-letters list`
        id: String,
        #[command(flatten)]
        data: DataOption,
    },
    /// Discard a dead letter: it never has its effect, and messages blocked behind it are delivered
    Discard {
        /// Id of the dead letter, as printed by `dead-letters list`
        id: String,
        /// Reason, 1 to 500 characters; retained with the message
        #[arg(long, env = "BOXOFFICE_DEAD_LETTERS_REASON", value_name = "TEXT", value_parser = parse_reason)]
        reason: String,
        #[command(flatten)]
        data: DataOption,
    },
}

fn parse_reason(text: &str) -> Result<String, String> {
    match text.trim().chars().count() {
        1..=MAX_REASON_LENGTH => Ok(text.trim().to_owned()),
        _ => Err(format!("expected 1 to {MAX_REASON_LENGTH} characters besides white space")),
    }
}

impl DeadLetters {
    /// Runs the command and prints its result.
    pub fn run(&self) -> anyhow::Result<()> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            match self {
                Self::List { discarded: false, data } => print_list(&all(&data.data).await?),
                Self::List { discarded: true, data } => print_discarded(&all_discarded(&data.data).await?),
                Self::Show { id, data } => {
                    Id::parse(id)?;
                    show(&all(&data.data).await?, id)?;
                }
                Self::Replay { id, data } => replay(id, &data.data).await?,
                Self::Discard { id, reason, data } => discard(id, reason.clone(), &data.data).await?,
            }
            Ok(())
        })
    }
}

fn print_list(all: &[DeadLetter]) {
    if all.is_empty() {
        println!("No dead letters.");
    }
    for DeadLetter { id, published_at, kind, attempts, error, .. } in all {
        println!("{id}  {published_at}  {kind}  {attempts} attempts  {error}");
    }
}

fn print_discarded(all: &[DiscardedDeadLetter]) {
    if all.is_empty() {
        println!("No discarded dead letters.");
    }
    for DiscardedDeadLetter { dead_letter: DeadLetter { id, key, kind, .. }, discarded_at, discarded_by, reason } in all
    {
        println!("{id}  {key}  {kind}  discarded {discarded_at} by {discarded_by}: {reason}");
    }
}

fn show(all: &[DeadLetter], id: &str) -> anyhow::Result<()> {
    let found = all.iter().find(|dead_letter| dead_letter.id == id);
    let found = found.with_context(|| format!("no dead letter has the id {id:?}: see `dead-letters list`"))?;
    println!("{}", serde_json::to_string_pretty(found)?);
    Ok(())
}

async fn all(data: &Path) -> anyhow::Result<Vec<DeadLetter>> {
    match connect(data).await? {
        Connection::Running(client) => client.get("/api/v1/dead-letters").await,
        Connection::Stopped(folder) => {
            let mut all = Vec::new();
            for service in SERVICES {
                all.extend(dead_letters(service.name, &database(&folder, service.name)?).await?);
            }
            Ok(all)
        }
    }
}

async fn all_discarded(data: &Path) -> anyhow::Result<Vec<DiscardedDeadLetter>> {
    match connect(data).await? {
        Connection::Running(client) => client.get("/api/v1/dead-letters/discarded").await,
        Connection::Stopped(folder) => {
            let mut all = Vec::new();
            for service in SERVICES {
                all.extend(discarded_dead_letters(service.name, &database(&folder, service.name)?).await?);
            }
            Ok(all)
        }
    }
}

async fn replay(text: &str, data: &Path) -> anyhow::Result<()> {
    let id = Id::parse(text)?;
    match connect(data).await? {
        Connection::Running(client) => {
            let _: serde_json::Value = client.post(&id.path("replay"), &serde_json::json!({})).await?;
            println!("{text} is being delivered again.");
        }
        Connection::Stopped(folder) => {
            let Id { service, source, position } = id;
            run_on_stopped(&folder, service, ReplayDeadLetter { source: source.to_owned(), position }).await?;
            println!("{text} will be delivered again at the next start.");
        }
    }
    Ok(())
}

async fn discard(text: &str, reason: String, data: &Path) -> anyhow::Result<()> {
    let id = Id::parse(text)?;
    match connect(data).await? {
        Connection::Running(client) => {
            let _: serde_json::Value = client.post(&id.path("discard"), &DiscardRequest { reason }).await?;
        }
        Connection::Stopped(folder) => {
            let Id { service, source, position } = id;
            run_on_stopped(&folder, service, DiscardDeadLetter { source: source.to_owned(), position, reason }).await?;
        }
    }
    println!("{text} is discarded: see `dead-letters list --discarded`.");
    Ok(())
}

/// The id of a dead letter: `CONSUMER/SOURCE/POSITION`, as in [`DeadLetter::id`].
struct Id {
    service: &'static str,
    source: &'static str,
    position: i64,
}

impl Id {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let known = |name: &str| SERVICES.iter().find(|service| service.name == name).map(|service| service.name);
        let parts: Vec<&str> = text.split('/').collect();
        let parsed = if let [service, source, position] = parts[..] {
            known(service).zip(known(source)).zip(position.parse().ok())
        } else {
            None
        };
        let ((service, source), position) =
            parsed.with_context(|| format!("{text:?} is not SERVICE/SOURCE/POSITION: see `dead-letters list`"))?;
        Ok(Self { service, source, position })
    }

    /// The path of the operation `verb` in the API of a running system.
    fn path(&self, verb: &str) -> String {
        let Self { service, source, position } = self;
        format!("/api/v1/dead-letters/{service}/{source}/{position}/{verb}")
    }
}

/// Runs `command` on the database of a service of a stopped system.
async fn run_on_stopped<C: Command<Answer = (), Refusal = DeadLetterRefusal>>(
    folder: &Folder,
    service: &'static str,
    command: C,
) -> anyhow::Result<()> {
    let writer = Writer::start(WriterParts {
        service,
        database: database(folder, service)?,
        reactions: Reactions::default(),
        clock: Clock::system(),
        entropy: Entropy::system(),
        limits: Limits::default(),
        backoff: Backoff::default(),
        probe: None,
    })?;
    let outcome = writer.run(Origin::of_task("command-line"), command).await;
    writer.stop();
    outcome.map_err(|failure| anyhow::anyhow!("{failure}"))
}

fn database(folder: &Folder, service: &str) -> anyhow::Result<Database> {
    Ok(Database::open_in(folder.path(), service, &[MIGRATIONS])?)
}
