use std::{
    path::Path,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::{connect, fault, fetch};
use crate::{Error, Query, Records};

/// Threads that read, each with a connection of its own. When this is dropped they have ended, and their connections are
/// closed: the last of all connections folds the log into the file.
pub(crate) struct Readers {
    /// None only while it is dropped.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

struct Job {
    queries: Vec<(Query, &'static str)>,
    answer: oneshot::Sender<Result<Vec<Records>, Error>>,
}

const THREADS: usize = 2;

/// More than this waiting is overload: the caller is told so at once.
const WAITING: usize = 1024;

impl Readers {
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        let (jobs, inbox) = bounded(WAITING);
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
        let jobs = self.jobs.as_ref().expect("it is not being dropped: somebody has it");
        jobs.try_send(Job { queries, answer }).map_err(|e| match e {
            TrySendError::Full(_) => Error::Retryable("too many reads are waiting".into()),
            TrySendError::Disconnected(_) => Error::Engine("the database is closed".into()),
        })?;
        answered.await.map_err(|_| Error::Engine("the database is closed".into()))?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // Without a sender there is no further job.
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // One that panicked has told so, and has closed its connection.
            let _ = thread.join();
        }
    }
}

fn work(connection: &Connection, inbox: &Receiver<Job>) {
    for Job { queries, answer } in inbox {
        if !answer.is_closed() {
            // Whoever asked may have gone meanwhile; then nobody needs the answer.
            let _ = answer.send(one_snapshot(connection, &queries));
        }
    }
}

fn one_snapshot(connection: &Connection, queries: &[(Query, &'static str)]) -> Result<Vec<Records>, Error> {
    if let [(query, table)] = queries {
        return Ok(vec![fetch(connection, query, table)?]);
    }
    let transaction = connection.unchecked_transaction().map_err(fault)?;
    let records = queries.iter().map(|(query, table)| fetch(&transaction, query, table)).collect();
    transaction.commit().map_err(fault)?;
    records
}
