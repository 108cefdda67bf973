use std::{
    path::Path,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::{connect, fault, fetch};
use crate::{Error, Query, Records};

/// Threads that read, each with its own connection. Dropping them joins the threads and closes their connections; the last
/// connection of a database checkpoints the log into the file.
pub(crate) struct Readers {
    /// `None` during the drop only.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

struct Job {
    queries: Vec<(Query, &'static str)>,
    answer: oneshot::Sender<Result<Vec<Records>, Error>>,
}

const THREADS: usize = 2;

/// Upper bound of queued reads; one more fails with [`Error::Retryable`].
const MAX_QUEUED: usize = 1024;

impl Readers {
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        let (jobs, inbox) = bounded(MAX_QUEUED);
        let mut readers = Self { jobs: Some(jobs), threads: Vec::new() };
        for _ in 0..THREADS {
            let connection = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.execute_batch("PRAGMA query_only = ON").map_err(fault)?;
            let inbox = inbox.clone();
            let thread = thread::Builder::new().name("reader".into()).spawn(move || work(&connection, &inbox));
            readers.threads.push(thread.map_err(|e| Error::Engine(e.to_string()))?);
        }
        Ok(readers)
    }

    pub(crate) async fn fetch(&self, queries: Vec<(Query, &'static str)>) -> Result<Vec<Records>, Error> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(closed)?;
        jobs.try_send(Job { queries, answer }).map_err(|e| match e {
            TrySendError::Full(_) => Error::Retryable("the queue of reads is full".into()),
            TrySendError::Disconnected(_) => closed(),
        })?;
        answered.await.map_err(|_| closed())?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // The threads end when the channel has no sender.
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // The panic hook has reported a thread that panicked; its connection is closed.
            let _ = thread.join();
        }
    }
}

fn work(connection: &Connection, inbox: &Receiver<Job>) {
    for Job { queries, answer } in inbox {
        if !answer.is_closed() {
            // The caller may have gone meanwhile; then the answer is not needed.
            let _ = answer.send(one_snapshot(connection, &queries));
        }
    }
}

fn closed() -> Error {
    Error::Engine("the database is closed".into())
}

/// Runs several queries in one transaction, so that they see one snapshot.
fn one_snapshot(connection: &Connection, queries: &[(Query, &'static str)]) -> Result<Vec<Records>, Error> {
    if let [(query, table)] = queries {
        return Ok(vec![fetch(connection, query, table)?]);
    }
    let transaction = connection.unchecked_transaction().map_err(fault)?;
    let records = queries.iter().map(|(query, table)| fetch(&transaction, query, table)).collect();
    transaction.commit().map_err(fault)?;
    records
}
