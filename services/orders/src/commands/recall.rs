use boxoffice_writer::{Command, Moment, Need, Resource, World};

use crate::error::Refusal;

/// Does nothing, and refuses to be done: within a `Once` it tells whether a request with that key has had its effect,
/// and finds the key that came with another body, before anything is asked of the neighbors.
pub struct Recall;

/// What [`Recall`] makes.
pub enum Nothing {}

impl Resource for Nothing {
    fn resource(&self) -> String {
        match *self {}
    }
}

impl Command for Recall {
    type Answer = Nothing;
    type Refusal = Refusal;

    fn needs(&self, _: &mut Need<'_>) {}

    fn decide(&self, _: &mut World, _: &Moment) -> Result<Nothing, Refusal> {
        Err(Refusal::NothingToRecall)
    }
}
