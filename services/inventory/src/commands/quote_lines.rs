use boxoffice_contracts::{Currency, Lines, OrganizerId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::lines::{read_requested, resolve};
use crate::{domain::SeatRequest, error::Refusal};

/// Prices lines without holding seats. It changes nothing; it runs as a command so that it reads the state that a hold
/// created next would read.
pub struct QuoteLines {
    /// The lines to price.
    pub lines: Vec<SeatRequest>,
}

impl Command for QuoteLines {
    type Answer = (Lines, OrganizerId, Currency);
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        read_requested(&self.lines, reads);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Self::Answer, Refusal> {
        resolve(&self.lines, work, context.now)
    }
}
