use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{EventId, Quantity, TicketTypeId};

/// The most lines in one request for a hold, a booking or an order.
pub const MAX_LINES: usize = 20;

/// One line of a request for a hold, a booking or an order: a quantity of one ticket type.
///
/// Exactly one of `ticketTypeId` and `eventId` is set; [`RequestedLine::selection`] checks that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[schema(example = json!({"ticketTypeId": 1, "quantity": 2}))]
pub struct RequestedLine {
    /// The ticket type to buy. Leave it out when `eventId` is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_type_id: Option<TicketTypeId>,
    /// Selects the first ticket type of this event. Leave it out when `ticketTypeId` is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The number of tickets.
    #[garde(range(min = 1, max = Quantity::MAX))]
    #[schema(minimum = 1, maximum = 100)]
    pub quantity: u32,
}

/// Which tickets a [`RequestedLine`] selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Tickets of this type.
    TicketType(TicketTypeId),
    /// Tickets of the first type of this event.
    FirstTypeOf(EventId),
}

/// A line that names no ticket type and no event, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected either ticketTypeId or eventId")]
pub struct AmbiguousSelection;

impl RequestedLine {
    /// The tickets that the line selects.
    ///
    /// # Errors
    /// [`AmbiguousSelection`] unless exactly one of the two ids is set.
    pub const fn selection(&self) -> Result<Selection, AmbiguousSelection> {
        match (self.ticket_type_id, self.event_id) {
            (Some(id), None) => Ok(Selection::TicketType(id)),
            (None, Some(id)) => Ok(Selection::FirstTypeOf(id)),
            _ => Err(AmbiguousSelection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_selects_either_a_ticket_type_or_an_event() {
        let line = |json: &str| serde_json::from_str::<RequestedLine>(json).unwrap();
        let by_type = line(r#"{"ticketTypeId":5,"quantity":2}"#);
        assert_eq!(by_type.selection(), Ok(Selection::TicketType(TicketTypeId::from(5))));
        assert_eq!(serde_json::to_string(&by_type).unwrap(), r#"{"ticketTypeId":5,"quantity":2}"#);
        let by_event = line(r#"{"eventId":3,"quantity":2}"#);
        assert_eq!(by_event.selection(), Ok(Selection::FirstTypeOf(EventId::from(3))));
        assert_eq!(line(r#"{"quantity":2}"#).selection(), Err(AmbiguousSelection));
        assert_eq!(line(r#"{"ticketTypeId":5,"eventId":3,"quantity":2}"#).selection(), Err(AmbiguousSelection));
    }

    #[test]
    fn a_quantity_outside_of_its_range_is_invalid() {
        for (quantity, is_valid) in [(0, false), (1, true), (100, true), (101, false)] {
            let line = RequestedLine { ticket_type_id: None, event_id: None, quantity };
            assert_eq!(line.validate().is_ok(), is_valid, "{quantity}");
        }
    }
}
