use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// Each rule, in the order of their numbers.
    pub rules: Vec<RuleFindings>,
    /// Bookings that were still under way, and why.
    pub(crate) unsettled: BTreeMap<Uuid, String>,
    /// What needs a person, though no rule is broken: parked messages, payments without an outcome.
    pub alarms: Vec<String>,
    /// What people have decided and nobody should forget: messages that were dropped.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// What was found of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleFindings {
    /// Its number, such as `I1`.
    pub id: String,
    /// The rule in a few words.
    pub title: String,
    /// How many rows it looked at.
    pub saw: u64,
    /// The rows that break it.
    pub broken: Vec<String>,
}

/// How many rows of one rule are printed.
const MAX_PRINTED: usize = 20;

impl Findings {
    /// Whether nothing was under way.
    pub fn is_settled(&self) -> bool {
        self.unsettled.is_empty()
    }

    /// The bookings that were under way.
    pub fn unsettled(&self) -> impl Iterator<Item = Uuid> {
        self.unsettled.keys().copied()
    }

    /// Whether no rule is broken.
    pub fn all_hold(&self) -> bool {
        self.rules.iter().all(|rule| rule.broken.is_empty())
    }

    /// The rule with this number.
    pub fn rule(&self, id: &str) -> Option<&RuleFindings> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// 0 when all rules hold, 1 when one is broken, 2 when something has not settled.
    pub fn exit_code(&self) -> u8 {
        match (self.all_hold(), self.is_settled()) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 0,
        }
    }

    /// These findings after a later look at what had not settled: what it found broken is added, and what has settled
    /// since is no longer unsettled.
    #[must_use]
    pub fn updated_by(mut self, later: Self) -> Self {
        for (rule, again) in self.rules.iter_mut().zip(later.rules) {
            rule.broken.extend(again.broken);
            rule.broken.sort_unstable();
            rule.broken.dedup();
        }
        self.unsettled = later.unsettled;
        self.alarms = later.alarms;
        self.notices = later.notices;
        self
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for RuleFindings { id, title, saw, broken } in &self.rules {
            let outcome = match (broken.len(), saw) {
                (0, 0) => "nothing to check".to_owned(),
                (0, saw) => format!("holds ({saw} rows)"),
                (count, saw) => format!("BROKEN {count} times ({saw} rows)"),
            };
            writeln!(f, "{id:<4} {title:<58} {outcome}")?;
            for row in broken.iter().take(MAX_PRINTED) {
                writeln!(f, "       {row}")?;
            }
            if broken.len() > MAX_PRINTED {
                writeln!(f, "       and {} more", broken.len() - MAX_PRINTED)?;
            }
        }
        for alarm in &self.alarms {
            writeln!(f, "ALARM  {alarm}")?;
        }
        for notice in &self.notices {
            writeln!(f, "NOTICE {notice}")?;
        }
        for (booking, why) in self.unsettled.iter().take(MAX_PRINTED) {
            writeln!(f, "not settled: {booking} {why}")?;
        }
        match self.exit_code() {
            0 => writeln!(f, "All rules hold."),
            1 => writeln!(f, "A rule is broken."),
            _ => writeln!(f, "No rule is broken, but {} bookings have not settled.", self.unsettled.len()),
        }
    }
}
