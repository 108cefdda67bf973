//! `dead-letters`: what failed too often, on a running or a stopped system.

use std::path::Path;

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::Database;
use boxoffice_envelope::Origin;
use boxoffice_operator::{
    DeadLetter, DiscardRequest, DiscardedDeadLetter, dead_letters as dead_letters_of, discarded_dead_letters,
};
use boxoffice_outbox::{Backoff, MIGRATIONS};
use boxoffice_writer::{
    Command, DeadLetterRefusal, DiscardDeadLetter, Limits, Reactions, ReplayDeadLetter, Writer, WriterParts,
};

use crate::{
    cli::DeadLetters,
    client::{Reached, reach},
    folder::Folder,
    services::SERVICES,
};

/// Does what was asked, and prints what came of it.
pub fn dead_letters(what: &DeadLetters) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match what {
            DeadLetters::List { dropped: false, data } => list(&all(&data.data).await?),
            DeadLetters::List { dropped: true, data } => list_dropped(&all_dropped(&data.data).await?),
            DeadLetters::Show { id, data } => {
                Id::read(id)?;
                show(&all(&data.data).await?, id)?;
            }
            DeadLetters::Replay { id, data } => replay(id, &data.data).await?,
            DeadLetters::Drop { id, reason, data } => give_up(id, reason.clone(), &data.data).await?,
        }
        Ok(())
    })
}

fn list(letters: &[DeadLetter]) {
    if letters.is_empty() {
        println!("No message is parked.");
    }
    for letter in letters {
        println!(
            "{}  {}  {}  {} attempts  {}",
            letter.id, letter.published_at, letter.kind, letter.attempts, letter.error
        );
    }
}

fn list_dropped(letters: &[DiscardedDeadLetter]) {
    if letters.is_empty() {
        println!("No message was dropped.");
    }
    for DiscardedDeadLetter { dead_letter: letter, discarded_at, discarded_by, reason } in letters {
        println!("{}  {}  {}  dropped {discarded_at} by {discarded_by}: {reason}", letter.id, letter.key, letter.kind);
    }
}

fn show(letters: &[DeadLetter], id: &str) -> anyhow::Result<()> {
    let letter = letters.iter().find(|letter| letter.id == id);
    let letter = letter.with_context(|| format!("no message is parked as {id:?}: see `dead-letters list`"))?;
    println!("{}", serde_json::to_string_pretty(letter)?);
    Ok(())
}

async fn all(data: &Path) -> anyhow::Result<Vec<DeadLetter>> {
    match reach(data).await? {
        Reached::Running(client) => client.get("/api/v1/dead-letters").await,
        Reached::Stopped(folder) => {
            let mut letters = Vec::new();
            for service in SERVICES {
                letters.extend(dead_letters_of(service.name, &database(&folder, service.name)?).await?);
            }
            Ok(letters)
        }
    }
}

async fn all_dropped(data: &Path) -> anyhow::Result<Vec<DiscardedDeadLetter>> {
    match reach(data).await? {
        Reached::Running(client) => client.get("/api/v1/dead-letters/discarded").await,
        Reached::Stopped(folder) => {
            let mut letters = Vec::new();
            for service in SERVICES {
                letters.extend(discarded_dead_letters(service.name, &database(&folder, service.name)?).await?);
            }
            Ok(letters)
        }
    }
}

async fn replay(id: &str, data: &Path) -> anyhow::Result<()> {
    let letter = Id::read(id)?;
    match reach(data).await? {
        Reached::Running(client) => {
            let _: serde_json::Value = client.post(&letter.path("replay"), &serde_json::json!({})).await?;
            println!("{id} is being tried again.");
        }
        Reached::Stopped(folder) => {
            let Id { service, source, position } = letter;
            decide(&folder, service, ReplayDeadLetter { source: source.to_owned(), position }).await?;
            println!("{id} is tried again at the next start.");
        }
    }
    Ok(())
}

async fn give_up(id: &str, reason: String, data: &Path) -> anyhow::Result<()> {
    let letter = Id::read(id)?;
    match reach(data).await? {
        Reached::Running(client) => {
            let _: serde_json::Value = client.post(&letter.path("discard"), &DiscardRequest { reason }).await?;
        }
        Reached::Stopped(folder) => {
            let Id { service, source, position } = letter;
            decide(&folder, service, DiscardDeadLetter { source: source.to_owned(), position, reason }).await?;
        }
    }
    println!("{id} is given up: see `dead-letters list --dropped`.");
    Ok(())
}

/// What `list` prints first of a message: who could not handle it, who said it, and where in that service's log.
struct Id {
    service: &'static str,
    source: &'static str,
    position: i64,
}

impl Id {
    fn read(id: &str) -> anyhow::Result<Self> {
        let known = |name: &str| SERVICES.iter().find(|service| service.name == name).map(|service| service.name);
        let parts: Vec<&str> = id.split('/').collect();
        let read = if let [service, source, position] = parts[..] {
            known(service).zip(known(source)).zip(position.parse().ok())
        } else {
            None
        };
        let ((service, source), position) =
            read.with_context(|| format!("{id:?} is not SERVICE/SOURCE/POSITION: see `dead-letters list`"))?;
        Ok(Self { service, source, position })
    }

    /// Where a running system is asked to decide about it.
    fn path(&self, verb: &str) -> String {
        let Self { service, source, position } = self;
        format!("/api/v1/dead-letters/{service}/{source}/{position}/{verb}")
    }
}

/// Does `command` on the data of a service that is stopped.
async fn decide<C: Command<Answer = (), Refusal = DeadLetterRefusal>>(
    folder: &Folder,
    service: &'static str,
    command: C,
) -> anyhow::Result<()> {
    let writer = Writer::start(WriterParts {
        service,
        database: database(folder, service)?,
        reactions: Reactions::default(),
        clock: Clock::machine(),
        entropy: Entropy::machine(),
        limits: Limits::default(),
        backoff: Backoff::default(),
        probe: None,
    })?;
    let decided = writer.run(Origin::of_task("command-line"), command).await;
    writer.stop();
    decided.map_err(|failure| anyhow::anyhow!("{failure}"))
}

fn database(folder: &Folder, service: &str) -> anyhow::Result<Database> {
    let file = folder.path().join(format!("{service}.sqlite"));
    Ok(Database::open(&format!("sqlite:{}", file.display()), &[MIGRATIONS])?)
}
