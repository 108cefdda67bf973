use boxoffice_contracts::{Currency, Lines, OrganizerId};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::take_hold::{chosen, must_be_on_sale, read_wanted};
use crate::{
    domain::{self, Wanted},
    error::Refusal,
};

/// What lines cost at this moment. Changes nothing; it goes through the queue so that it sees what a hold would.
pub struct Quote {
    /// What is wanted.
    pub lines: Vec<Wanted>,
}

impl Command for Quote {
    type Answer = (Lines, OrganizerId, Currency);
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        self.lines.iter().for_each(|wanted| read_wanted(*wanted, reads));
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Self::Answer, Refusal> {
        let types = self.lines.iter().map(|wanted| chosen(*wanted, work)).collect::<Result<Vec<_>, _>>()?;
        let (organizer, currency) = domain::seller(types.iter().copied())?;
        let lines: Lines =
            types.iter().zip(&self.lines).map(|(kind, wanted)| domain::line(kind, wanted.quantity())).collect();
        must_be_on_sale(work, &lines, context.now)?;
        Ok((lines, organizer, currency))
    }
}
