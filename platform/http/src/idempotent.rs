use std::{future::Future, str::FromStr};

use boxoffice_envelope::Origin;
use boxoffice_writer::{Command, Effect, Idempotent, Resource, Writer};

use crate::Problem;

/// The outcome of an idempotent request.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The resource that the request created or changed.
    pub value: T,
    /// `true` when an earlier request with the same key had the effect. `value` is then the current state.
    pub replayed: bool,
}

impl<T> Outcome<T> {
    /// The header `Idempotency-Replayed` for the response; `None` when this request had the effect.
    pub fn replayed_header(&self) -> Option<[(&'static str, &'static str); 1]> {
        self.replayed.then_some([("idempotency-replayed", "true")])
    }
}

/// Runs a command once for its key. If an earlier request with the key had the effect, `reload` reads the resource by the
/// recorded id.
///
/// # Errors
/// The refusal or failure of the command, `key-reused` when the key was used with another body, or the error of `reload`.
pub async fn run_idempotent<C, Id, F>(
    writer: &Writer,
    origin: Origin,
    request: Idempotent<C>,
    reload: impl FnOnce(Id) -> F,
) -> Result<Outcome<C::Answer>, Problem>
where
    C: Command,
    C::Answer: Resource,
    C::Refusal: Into<Problem>,
    Id: FromStr<Err: std::fmt::Display>,
    F: Future<Output = Result<C::Answer, Problem>>,
{
    match writer.run(origin, request).await? {
        Effect::Fresh(value) => Ok(Outcome { value, replayed: false }),
        Effect::Replayed(id) => {
            let value = reload(id.parse().map_err(Problem::internal)?).await?;
            Ok(Outcome { value, replayed: true })
        }
    }
}

/// Runs a command once for its key and returns the id of its resource, for handlers that read the resource in any case.
///
/// # Errors
/// The refusal or failure of the command, or `key-reused` when the key was used with another body.
pub async fn run_idempotent_for_id<C, Id>(
    writer: &Writer,
    origin: Origin,
    request: Idempotent<C>,
) -> Result<Outcome<Id>, Problem>
where
    C: Command,
    C::Answer: Resource,
    C::Refusal: Into<Problem>,
    Id: FromStr<Err: std::fmt::Display>,
{
    let (id, replayed) = match writer.run(origin, request).await? {
        Effect::Fresh(value) => (value.resource_id(), false),
        Effect::Replayed(id) => (id, true),
    };
    Ok(Outcome { value: id.parse().map_err(Problem::internal)?, replayed })
}
