//! `dead-letters`: what failed too often, on a running or a stopped system.

use std::path::Path;

use anyhow::Context as _;
use boxoffice_clock::{Clock, Entropy};
use boxoffice_database::Database;
use boxoffice_envelope::Origin;
use boxoffice_outbox::{Backoff, MIGRATIONS};
use boxoffice_writer::{Limits, Reactions, Replay, Writer, WriterParts};

use crate::{
    cli::DeadLetters,
    client::{Reached, reach},
    folder::Folder,
    operator::{DeadLetter, parked},
    services::SERVICES,
};

/// Does what was asked, and prints what came of it.
pub fn dead_letters(what: DeadLetters) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match what {
            DeadLetters::List { data } => list(&all(&data.data).await?),
            DeadLetters::Show { id, data } => {
                Id::read(&id)?;
                show(&all(&data.data).await?, &id)?;
            }
            DeadLetters::Replay { id, data } => replay(&id, &data.data).await?,
        }
        Ok(())
    })
}

fn list(letters: &[DeadLetter]) {
    if letters.is_empty() {
        println!("No message is parked.");
    }
    for letter in letters {
        println!("{}  {}  {}  {} attempts  {}", letter.id, letter.said_at, letter.kind, letter.attempts, letter.error);
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
                letters.extend(parked(service.name, &database(&folder, service.name)?).await?);
            }
            Ok(letters)
        }
    }
}

async fn replay(id: &str, data: &Path) -> anyhow::Result<()> {
    let letter = Id::read(id)?;
    match reach(data).await? {
        Reached::Running(client) => {
            let Id { service, source, position } = letter;
            let path = format!("/api/v1/dead-letters/{service}/{source}/{position}/replay");
            let _: serde_json::Value = client.post(&path, &serde_json::json!({})).await?;
            println!("{id} is being tried again.");
        }
        Reached::Stopped(folder) => {
            replay_stopped(letter, &folder).await?;
            println!("{id} is tried again at the next start.");
        }
    }
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
}

async fn replay_stopped(Id { service, source, position }: Id, folder: &Folder) -> anyhow::Result<()> {
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
    let replayed = writer.run(Origin::of_task("command-line"), Replay { source: source.to_owned(), position }).await;
    writer.stop();
    replayed.map_err(|failure| anyhow::anyhow!("{failure}"))
}

fn database(folder: &Folder, service: &str) -> anyhow::Result<Database> {
    let file = folder.path().join(format!("{service}.sqlite"));
    Ok(Database::open(&format!("sqlite:{}", file.display()), &[MIGRATIONS])?)
}
