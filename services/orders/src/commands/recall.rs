use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use crate::error::Refusal;

/// Does nothing, and refuses to be done: within a `Once` it tells whether a request with that key has had its effect,
/// and finds the key that came with another body, before anything is asked of the neighbors.
pub struct Recall;

/// What [`Recall`] makes.
pub enum Nothing {}

impl Resource for Nothing {
    fn resource_id(&self) -> String {
        match *self {}
    }
}

impl Command for Recall {
    type Answer = Nothing;
    type Refusal = Refusal;

    fn read_set(&self, _: &mut ReadSet<'_>) {}

    fn decide(&self, _: &mut UnitOfWork, _: &CommandContext) -> Result<Nothing, Refusal> {
        Err(Refusal::NothingToRecall)
    }
}
