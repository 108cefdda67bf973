//! One way, or several, to break each rule.

mod messages;
mod money;
mod seats;
mod states;

use uuid::Uuid;

use super::{Ids, damage::Copy};

/// One damage, and what the audit has to say of it.
pub struct Case {
    pub rule: &'static str,
    /// Rules that cannot but be broken as well.
    pub also: &'static [&'static str],
    pub what: &'static str,
    /// Does the damage, and returns what the rule has to name.
    pub harm: fn(&Copy, &Ids) -> String,
}

const fn case(
    rule: &'static str,
    also: &'static [&'static str],
    what: &'static str,
    harm: fn(&Copy, &Ids) -> String,
) -> Case {
    Case { rule, also, what, harm }
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
