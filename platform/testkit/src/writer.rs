//! Helpers for tests that have a [`Writer`]; [`TestService`](crate::TestService) has them as methods.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Waker},
};

use boxoffice_database::Row;
use boxoffice_envelope::{Message, Origin};
use boxoffice_outbox::OutboxMessage;
use boxoffice_writer::{Command, CommandContext, Failure, ReadSet, UnitOfWork, Writer};

use crate::eventually;

/// Runs `commands` as one batch, in this order: they are queued while the writer is paused.
///
/// # Panics
/// If the writer is closed.
pub async fn run_in_one_batch<C: Command>(
    writer: &Writer,
    commands: impl IntoIterator<Item = C>,
) -> Vec<Result<C::Answer, Failure<C::Refusal>>> {
    in_one_batch(writer, commands.into_iter().map(|command| writer.run(Origin::default(), command))).await
}

/// Awaits `requests` to the writer, such as [`Writer::run`] and [`Writer::handle`], so that they form one batch.
///
/// # Panics
/// If the writer is closed.
pub async fn in_one_batch<F: Future>(writer: &Writer, requests: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let paused = writer.pause();
    let mut first = pin!(writer.run(Origin::default(), Nothing));
    queue(first.as_mut());
    // The writer has taken the first command and waits for its turn: everything queued from here on is the next batch.
    eventually("the writer takes the first command", async || writer.depth() == (0, 0)).await;
    let mut requests: Vec<_> = requests.into_iter().map(Box::pin).collect();
    requests.iter_mut().for_each(|request| queue(request.as_mut()));
    drop(paused);
    first.await.unwrap();
    let mut outcomes = Vec::new();
    for request in requests {
        outcomes.push(request.await);
    }
    outcomes
}

/// Polls `request` once: the first poll of a request to a writer puts it into the queue.
///
/// # Panics
/// If the request completes at the first poll, as with a closed writer.
pub fn queue<F: Future>(request: Pin<&mut F>) {
    assert!(request.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// All rows of a table in the order of its key.
///
/// # Panics
/// If the database cannot be read.
pub async fn rows<R: Row>(writer: &Writer) -> Vec<R> {
    let key = R::TABLE.columns[..R::TABLE.key_columns].join(", ");
    writer.database().select(&format!("ORDER BY {key}"), Vec::new()).await.unwrap()
}

/// All messages that the service published, in order.
///
/// # Panics
/// If the database cannot be read.
pub async fn published(writer: &Writer) -> Vec<Message> {
    rows::<OutboxMessage>(writer).await.into_iter().map(|row| row.message(writer.service())).collect()
}

/// A command that changes nothing.
struct Nothing;

impl Command for Nothing {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, _: &mut ReadSet<'_>) {}

    fn decide(&self, _: &mut UnitOfWork, _: &CommandContext) -> Result<(), Infallible> {
        Ok(())
    }
}
