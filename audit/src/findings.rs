use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// The result of each rule, in the order of [`rule_ids`](crate::rule_ids).
    pub rules: Vec<RuleFindings>,
    /// Bookings in progress, each with the message or status that it waits for.
    pub(crate) unsettled: BTreeMap<Uuid, String>,
    /// Conditions that need an operator although no rule is broken: dead letters, payments without an outcome.
    pub alarms: Vec<String>,
    /// Decisions of operators that explain missing effects: discarded messages.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// The result of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleFindings {
    /// Id of the rule, such as `I1`.
    pub id: String,
    /// The rule in a few words.
    pub title: String,
    /// Number of rows or groups of rows that were checked.
    pub checked: u64,
    /// One line for each violation, with the id of the row.
    pub broken: Vec<String>,
}

/// Maximum number of printed lines for each rule.
const MAX_PRINTED: usize = 20;

impl Findings {
    /// Whether no booking was in progress.
    pub fn is_settled(&self) -> bool {
        self.unsettled.is_empty()
    }

    /// The bookings that were in progress.
    pub fn unsettled(&self) -> impl Iterator<Item = Uuid> {
        self.unsettled.keys().copied()
    }

    /// Whether no rule is broken.
    pub fn all_hold(&self) -> bool {
        self.rules.iter().all(|rule| rule.broken.is_empty())
    }

    /// The result of the rule `id`; `None` for an unknown id.
    pub fn rule(&self, id: &str) -> Option<&RuleFindings> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Exit code of `boxoffice verify`: 0 when all rules hold, 1 when a rule is broken, 2 when a booking has not settled.
    pub fn exit_code(&self) -> u8 {
        match (self.all_hold(), self.is_settled()) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 0,
        }
    }

    /// Merges the findings of a later audit of the unsettled bookings: its violations are added, and its unsettled bookings,
    /// alarms and notices replace the earlier ones.
    #[must_use]
    pub fn updated_by(mut self, later: Self) -> Self {
        for (rule, later) in self.rules.iter_mut().zip(later.rules) {
            rule.broken.extend(later.broken);
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
        for RuleFindings { id, title, checked, broken } in &self.rules {
            let outcome = match (broken.len(), checked) {
                (0, 0) => "nothing to check".to_owned(),
                (0, checked) => format!("holds ({checked} rows)"),
                (count, checked) => format!("BROKEN {count} times ({checked} rows)"),
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
