use boxoffice_contracts::{Currency, Lines, OrganizerId};
use boxoffice_writer::{Command, Moment, Need, World};

use super::take_hold::{chosen, must_be_on_sale, need_wanted};
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

    fn needs(&self, need: &mut Need<'_>) {
        self.lines.iter().for_each(|wanted| need_wanted(*wanted, need));
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<Self::Answer, Refusal> {
        let types = self.lines.iter().map(|wanted| chosen(*wanted, world)).collect::<Result<Vec<_>, _>>()?;
        let (organizer, currency) = domain::seller(types.iter().copied())?;
        let lines: Lines =
            types.iter().zip(&self.lines).map(|(kind, wanted)| domain::line(kind, wanted.quantity())).collect();
        must_be_on_sale(world, &lines, moment.now)?;
        Ok((lines, organizer, currency))
    }
}
