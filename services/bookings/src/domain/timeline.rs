use boxoffice_clock::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a customer sees happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = BookingMilestone)]
pub enum Milestone {
    /// It was placed.
    Pending,
    /// The tickets are there.
    Confirmed,
    /// It ended without tickets.
    Failed,
    /// Nobody paid in time.
    Expired,
    /// A person called it off.
    Cancelled,
    /// The payment provider is silent.
    PaymentPending,
    /// The amount is captured.
    Paid,
    /// The amount is not captured, and will not be.
    NotPaid,
    /// The money is being given back.
    RefundPending,
    /// The money was given back.
    RefundDone,
    /// The provider refuses to give the money back; a person has to look at it.
    RefundFailed,
    /// The customer was written to.
    Notified,
}

impl Milestone {
    /// Whether it is a state of the booking, which the timeline never forgets.
    const fn is_status(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed | Self::Failed | Self::Expired | Self::Cancelled)
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When; microseconds in the store.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// What.
    pub state: Milestone,
    /// On whose behalf: the subject of a token, or the name of a service.
    pub by: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The longest note, in characters.
const LONGEST_NOTE: usize = 200;

/// The most entries; more only come about when giving money back fails again and again.
const MOST: usize = 50;

/// What happened to a booking, in the order in which it was heard. Bounded: the oldest entry that is no state of the
/// booking makes place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline(Vec<Entry>);

impl Timeline {
    /// Adds an entry at the end.
    pub fn add(&mut self, mut entry: Entry) {
        if let Some(note) = &mut entry.note
            && let Some((end, _)) = note.char_indices().nth(LONGEST_NOTE)
        {
            note.truncate(end);
        }
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().position(|entry| !entry.state.is_status())
        {
            self.0.remove(oldest);
        }
        self.0.push(entry);
    }

    /// Whether it shows `state` with `note`.
    pub fn has(&self, state: Milestone, note: &str) -> bool {
        self.0.iter().any(|entry| entry.state == state && entry.note.as_deref() == Some(note))
    }

    /// The entries, the oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.0.iter()
    }
}

/// A time as a number: shorter to keep and quicker to read than text.
mod micros {
    use boxoffice_clock::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.micros())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(state: Milestone, note: impl Into<String>) -> Entry {
        Entry { at: Timestamp::from_micros(7), state, by: "payments".into(), note: Some(note.into()) }
    }

    #[test]
    fn a_full_timeline_keeps_the_states_and_the_latest() {
        let mut timeline = Timeline::default();
        timeline.add(entry(Milestone::Pending, "placed"));
        for number in 0..2 * MOST {
            timeline.add(entry(Milestone::RefundFailed, number.to_string()));
        }
        assert_eq!(timeline.iter().count(), MOST);
        assert!(timeline.has(Milestone::Pending, "placed"));
        assert!(timeline.has(Milestone::RefundFailed, &(2 * MOST - 1).to_string()));
        assert!(!timeline.has(Milestone::RefundFailed, "0"));
    }

    #[test]
    fn a_long_note_is_cut_between_characters() {
        let mut timeline = Timeline::default();
        timeline.add(entry(Milestone::Paid, "é".repeat(500)));
        assert!(timeline.has(Milestone::Paid, &"é".repeat(LONGEST_NOTE)));
    }

    #[test]
    fn it_is_kept_with_times_as_numbers() {
        let mut timeline = Timeline::default();
        timeline.add(Entry { note: None, ..entry(Milestone::PaymentPending, "") });
        let json = r#"[{"at":7,"state":"PAYMENT_PENDING","by":"payments"}]"#;
        assert_eq!(serde_json::to_string(&timeline).unwrap(), json);
        assert_eq!(serde_json::from_str::<Timeline>(json).unwrap(), timeline);
    }
}
