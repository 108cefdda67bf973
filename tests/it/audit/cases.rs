//! For each rule, at least one damage that violates it.

mod messages;
mod money;
mod seats;
mod states;

use uuid::Uuid;

use super::{Ids, damage::DataCopy};

/// A damage to the data, and the rules that the audit must report as broken.
pub struct Case {
    pub rule: &'static str,
    /// Other rules that the damage violates inevitably.
    pub also_broken: &'static [&'static str],
    pub description: &'static str,
    /// Applies the damage and returns a text that the report of the rule must contain.
    pub damage: fn(&DataCopy, &Ids) -> String,
}

const fn case(
    rule: &'static str,
    also_broken: &'static [&'static str],
    description: &'static str,
    damage: fn(&DataCopy, &Ids) -> String,
) -> Case {
    Case { rule, also_broken, description, damage }
}

pub fn cases() -> impl Iterator<Item = &'static Case> {
    [seats::CASES, states::CASES, money::CASES, messages::CASES].into_iter().flatten()
}

fn booking(id: Uuid) -> String {
    format!("booking {id}")
}

fn order(id: Uuid) -> String {
    format!("order {id}")
}
