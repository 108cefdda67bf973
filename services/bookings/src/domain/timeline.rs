use boxoffice_clock::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The kind of an entry of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimelineState {
    /// The booking was created.
    Pending,
    /// The tickets were issued.
    Confirmed,
    /// The booking ended without tickets.
    Failed,
    /// The booking ended because it was not paid in time.
    Expired,
    /// A person cancelled the booking.
    Cancelled,
    /// The payment provider has not answered yet.
    PaymentPending,
    /// The amount was captured.
    Paid,
    /// The amount was not captured and will not be.
    NotPaid,
    /// The refund was requested from the provider.
    RefundPending,
    /// The provider refunded the amount.
    RefundDone,
    /// The provider refused the refund; an operator has to resolve it.
    RefundFailed,
    /// The customer was notified.
    Notified,
}

impl TimelineState {
    /// Whether it is a status of the booking; the timeline never removes such an entry.
    const fn is_status(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed | Self::Failed | Self::Expired | Self::Cancelled)
    }
}

/// One entry of a [`Timeline`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Time of the commit; stored as microseconds since 1970.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// The kind of the entry.
    pub state: TimelineState,
    /// The actor: the subject of a token, or the name of a service.
    pub by: String,
    /// Details in plain English; `None` when the state needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The maximum length of a note, in characters; longer notes are cut.
const MAX_NOTE_CHARS: usize = 200;

/// The maximum number of entries. Only a refund that fails again and again reaches it.
const MAX_ENTRIES: usize = 50;

/// The events of a booking in the order of their commits. Bounded: when it is full, the oldest entry that is no status
/// of the booking is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline(Vec<TimelineEntry>);

impl Timeline {
    /// Appends an entry, and removes the oldest one that is no status when the timeline is full.
    pub fn add(&mut self, mut entry: TimelineEntry) {
        if let Some(note) = &mut entry.note
            && let Some((end, _)) = note.char_indices().nth(MAX_NOTE_CHARS)
        {
            note.truncate(end);
        }
        if self.0.len() >= MAX_ENTRIES
            && let Some(oldest) = self.0.iter().position(|entry| !entry.state.is_status())
        {
            self.0.remove(oldest);
        }
        self.0.push(entry);
    }

    /// Whether it has an entry of `state` with exactly this `note`.
    pub fn has(&self, state: TimelineState, note: &str) -> bool {
        self.0.iter().any(|entry| entry.state == state && entry.note.as_deref() == Some(note))
    }

    /// The entries, the oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, TimelineEntry> {
        self.0.iter()
    }
}

/// Stores a time as a number, which is shorter and faster to parse than text.
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

    fn entry(state: TimelineState, note: impl Into<String>) -> TimelineEntry {
        TimelineEntry { at: Timestamp::from_micros(7), state, by: "payments".into(), note: Some(note.into()) }
    }

    #[test]
    fn a_full_timeline_keeps_every_status_and_the_latest_entries() {
        let mut timeline = Timeline::default();
        timeline.add(entry(TimelineState::Pending, "placed"));
        for number in 0..2 * MAX_ENTRIES {
            timeline.add(entry(TimelineState::RefundFailed, number.to_string()));
        }
        assert_eq!(timeline.iter().count(), MAX_ENTRIES);
        assert!(timeline.has(TimelineState::Pending, "placed"));
        assert!(timeline.has(TimelineState::RefundFailed, &(2 * MAX_ENTRIES - 1).to_string()));
        assert!(!timeline.has(TimelineState::RefundFailed, "0"));
    }

    #[test]
    fn a_long_note_is_cut_between_characters() {
        let mut timeline = Timeline::default();
        timeline.add(entry(TimelineState::Paid, "é".repeat(500)));
        assert!(timeline.has(TimelineState::Paid, &"é".repeat(MAX_NOTE_CHARS)));
    }

    #[test]
    fn the_stored_json_has_times_as_numbers() {
        let mut timeline = Timeline::default();
        timeline.add(TimelineEntry { note: None, ..entry(TimelineState::PaymentPending, "") });
        let json = r#"[{"at":7,"state":"PAYMENT_PENDING","by":"payments"}]"#;
        assert_eq!(serde_json::to_string(&timeline).unwrap(), json);
        assert_eq!(serde_json::from_str::<Timeline>(json).unwrap(), timeline);
    }
}
