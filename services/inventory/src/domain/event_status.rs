use boxoffice_clock::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether the tickets of an event can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Tickets can be bought until the event starts.
    OnSale,
    /// The organizer stopped the sale and can resume it.
    Closed,
    /// The event will not take place. Final.
    Cancelled,
}

/// An input of the state machine of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventInput {
    /// Start or resume the sale.
    OpenSale,
    /// Stop the sale; it can be resumed.
    CloseSale,
    /// Cancel the event for good.
    Cancel,
}

impl From<EventStatus> for EventInput {
    /// The input that leads to a requested status.
    fn from(requested: EventStatus) -> Self {
        match requested {
            EventStatus::OnSale => Self::OpenSale,
            EventStatus::Closed => Self::CloseSale,
            EventStatus::Cancelled => Self::Cancel,
        }
    }
}

/// A change of an event's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTransition {
    /// The status after the transition.
    pub to: EventStatus,
}

impl EventStatus {
    /// The transition that `input` causes; `None` when the event has the status already or is cancelled.
    pub fn apply(self, input: EventInput) -> Option<EventTransition> {
        let to = match (self, input) {
            (Self::Closed, EventInput::OpenSale) => Self::OnSale,
            (Self::OnSale, EventInput::CloseSale) => Self::Closed,
            (Self::OnSale | Self::Closed, EventInput::Cancel) => Self::Cancelled,
            _ => return None,
        };
        Some(EventTransition { to })
    }

    /// Whether tickets of an event in this status that starts at `starts_at` can be bought at `now`.
    pub fn sells(self, starts_at: Timestamp, now: Timestamp) -> bool {
        self == Self::OnSale && starts_at > now
    }
}

#[cfg(test)]
mod tests {
    use super::{
        EventInput::{Cancel, CloseSale, OpenSale},
        EventStatus::{Cancelled, Closed, OnSale},
        *,
    };

    #[test]
    fn a_sale_is_closed_and_resumed_and_a_cancelled_event_stays_cancelled() {
        for (before, input, expected) in [
            (OnSale, OpenSale, None),
            (OnSale, CloseSale, Some(Closed)),
            (OnSale, Cancel, Some(Cancelled)),
            (Closed, OpenSale, Some(OnSale)),
            (Closed, CloseSale, None),
            (Closed, Cancel, Some(Cancelled)),
            (Cancelled, OpenSale, None),
            (Cancelled, CloseSale, None),
            (Cancelled, Cancel, None),
        ] {
            let transition = before.apply(input).map(|transition| transition.to);
            assert_eq!(transition, expected, "{before:?} {input:?}");
        }
    }

    #[test]
    fn an_event_sells_until_it_starts() {
        let at = Timestamp::from_micros;
        assert!(OnSale.sells(at(2), at(1)));
        assert!(!OnSale.sells(at(2), at(2)));
        assert!(!Closed.sells(at(2), at(1)));
        assert!(!Cancelled.sells(at(2), at(1)));
    }
}
