//! Consistent snapshot: all databases of a running or a stopped system at one point in time.

use std::path::Path;

use anyhow::Context as _;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_database::Snapshot;
use boxoffice_operator::Pause;

use crate::{
    client::{Client, Connection, connect},
    folder::Folder,
    schema,
};

/// All databases at one point in time. Holds the lock of a stopped system.
pub struct ConsistentSnapshot {
    /// Time of the snapshot.
    pub at: Timestamp,
    /// Snapshot of each database, with the database's name.
    pub databases: Vec<(&'static str, Snapshot)>,
    _stopped: Option<Folder>,
}

/// Number of pauses after which the command gives up.
const MAX_ATTEMPTS: usize = 5;

impl ConsistentSnapshot {
    /// Opens the data in `folder`. A running system pauses writes until all databases are open; reading the snapshot
    /// afterwards blocks no writes.
    ///
    /// # Errors
    /// The folder contains no data, or a database cannot be opened.
    pub async fn open(folder: &Path) -> anyhow::Result<Self> {
        match connect(folder).await? {
            Connection::Running(client) => running(&client, folder).await,
            Connection::Stopped(lock) => {
                let databases = open_databases(folder)?;
                Ok(Self { at: Clock::system().now(), databases, _stopped: Some(lock) })
            }
        }
    }
}

async fn running(client: &Client, folder: &Path) -> anyhow::Result<ConsistentSnapshot> {
    for _ in 0..MAX_ATTEMPTS {
        let pause: Pause = client.post("/api/v1/pauses", &serde_json::json!({})).await?;
        let (at, databases) = (Clock::system().now(), open_databases(folder));
        let is_consistent = client.delete(&format!("/api/v1/pauses/{}", pause.id)).await?;
        let databases = databases?;
        if is_consistent {
            return Ok(ConsistentSnapshot { at, databases, _stopped: None });
        }
    }
    anyhow::bail!(
        "cannot open all databases within one pause of the running system: try again when the disk is less busy"
    )
}

fn open_databases(folder: &Path) -> anyhow::Result<Vec<(&'static str, Snapshot)>> {
    let open = |name| {
        let file = folder.join(format!("{name}.sqlite"));
        let snapshot = Snapshot::of_file(&file).with_context(|| format!("cannot open {}", file.display()));
        snapshot.map(|snapshot| (name, snapshot))
    };
    schema::databases().map(open).collect()
}
