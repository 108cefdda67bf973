//! All databases as they are at one moment, of a running or a stopped system.

use std::path::Path;

use anyhow::Context as _;
use boxoffice_clock::{Clock, Timestamp};
use boxoffice_database::Snapshot;
use boxoffice_operator::Pause;

use crate::{
    client::{Client, Reached, reach},
    folder::Folder,
    schema,
};

/// Every database at one moment. A stopped system stays so for as long as this lives.
pub struct ConsistentSnapshot {
    /// When.
    pub at: Timestamp,
    /// The databases, by name.
    pub databases: Vec<(&'static str, Snapshot)>,
    _stopped: Option<Folder>,
}

/// How often a running system is asked to hold still, before something is wrong with it.
const TRIES: usize = 5;

impl ConsistentSnapshot {
    /// Of the data in `folder`. A running system holds still for as long as it takes to open every database; what is
    /// read afterwards holds up nobody.
    ///
    /// # Errors
    /// When there is no data, or it cannot be read.
    pub async fn of(folder: &Path) -> anyhow::Result<Self> {
        match reach(folder).await? {
            Reached::Running(client) => running(&client, folder).await,
            Reached::Stopped(lock) => {
                let databases = open(folder)?;
                Ok(Self { at: Clock::machine().now(), databases, _stopped: Some(lock) })
            }
        }
    }
}

async fn running(client: &Client, folder: &Path) -> anyhow::Result<ConsistentSnapshot> {
    for _ in 0..TRIES {
        let pause: Pause = client.post("/api/v1/pauses", &serde_json::json!({})).await?;
        let (at, databases) = (Clock::machine().now(), open(folder));
        let was_still = client.delete(&format!("/api/v1/pauses/{}", pause.id)).await?;
        let databases = databases?;
        if was_still {
            return Ok(ConsistentSnapshot { at, databases, _stopped: None });
        }
    }
    anyhow::bail!("the databases could not be opened within the moment that the running system holds still: try again")
}

fn open(folder: &Path) -> anyhow::Result<Vec<(&'static str, Snapshot)>> {
    let open = |name| {
        let file = folder.join(format!("{name}.sqlite"));
        let snapshot = Snapshot::of_file(&file).with_context(|| format!("{} cannot be opened", file.display()));
        snapshot.map(|snapshot| (name, snapshot))
    };
    schema::databases().map(open).collect()
}
