use boxoffice_contracts::{Currency, Item, Line, Lines, OrganizerId, Quantity, Reason, Selection, TicketTypeId};

use crate::error::Refusal;

/// One checked line of a request for a hold or a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatRequest {
    /// The ticket type, by its id or as the first type of an event.
    pub selection: Selection,
    /// The number of seats.
    pub quantity: Quantity,
}

/// The organizer and the currency that all lines of one hold share.
///
/// # Errors
/// [`Refusal::MixedLines`] when the lines differ in either, [`Refusal::NoLines`] when there is no line.
pub fn seller(lines: impl IntoIterator<Item = (OrganizerId, Currency)>) -> Result<(OrganizerId, Currency), Refusal> {
    let mut lines = lines.into_iter();
    let first = lines.next().ok_or(Refusal::NoLines)?;
    if lines.all(|other| other == first) { Ok(first) } else { Err(Refusal::MixedLines) }
}

/// The reason that an order receives when its seats are refused.
pub fn reason_of(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::SoldOut { .. } => Reason::SoldOut,
        Refusal::PriceChanged => Reason::PriceChanged,
        _ => Reason::Unavailable,
    }
}

/// Whether a hold contains exactly what an order asks for. It contains less after its owner returned some seats.
pub fn matches_order(hold: &Lines, order: &[Item]) -> bool {
    let ordered = order.iter().map(|item| (item.product_id, item.quantity));
    hold.iter().map(|line| (line.ticket_type_id, line.quantity)).eq(ordered)
}

/// Splits up to `seats` seats of one ticket type off `lines`, from the last such line backwards. Returns the lines that
/// remain and the lines split off.
pub fn split_lines(lines: &Lines, ticket_type: TicketTypeId, seats: u32) -> (Lines, Lines) {
    let mut missing = seats;
    let (mut remaining, mut split_off) = (Vec::new(), Vec::new());
    for line in lines.iter().rev() {
        let here = if line.ticket_type_id == ticket_type { line.quantity.get().min(missing) } else { 0 };
        missing -= here;
        remaining.extend(with_quantity(line, line.quantity.get() - here));
        split_off.extend(with_quantity(line, here));
    }
    remaining.reverse();
    (Lines::from(remaining), Lines::from(split_off))
}

/// The line with another number of seats; `None` for 0 seats.
fn with_quantity(line: &Line, seats: u32) -> Option<Line> {
    let quantity = Quantity::new(seats).ok()?;
    Some(Line { quantity, ..line.clone() })
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::EventId;
    use proptest::prelude::*;

    use super::*;

    fn lines(of: &[(i64, u32)]) -> Lines {
        let line = |(ticket_type, quantity): &(i64, u32)| Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(*ticket_type),
            name: "General".into(),
            quantity: Quantity::new(*quantity).unwrap(),
            unit_price_minor: 100,
        };
        of.iter().map(line).collect()
    }

    fn seats_of(lines: &Lines, ticket_type: TicketTypeId) -> u32 {
        lines.iter().filter(|line| line.ticket_type_id == ticket_type).map(|line| line.quantity.get()).sum()
    }

    fn others(lines: &Lines, ticket_type: TicketTypeId) -> Vec<Line> {
        lines.iter().filter(|line| line.ticket_type_id != ticket_type).cloned().collect()
    }

    proptest! {
        #[test]
        fn splitting_lines_conserves_seats_and_leaves_other_types_alone(
            held in prop::collection::vec((1..4_i64, 1..=100_u32), 0..6), ticket_type in 1..4_i64, requested in 0..=300_u32,
        ) {
            let before = lines(&held);
            let ticket_type = TicketTypeId::from(ticket_type);
            let (remaining, split_off) = split_lines(&before, ticket_type, requested);
            let returned = seats_of(&split_off, ticket_type);
            prop_assert_eq!(returned, requested.min(seats_of(&before, ticket_type)));
            prop_assert_eq!(seats_of(&remaining, ticket_type) + returned, seats_of(&before, ticket_type));
            prop_assert_eq!(others(&remaining, ticket_type), others(&before, ticket_type));
            prop_assert!(others(&split_off, ticket_type).is_empty());
        }
    }

    #[test]
    fn lines_of_two_sellers_are_refused() {
        let (one, other) = (OrganizerId::from(1), OrganizerId::from(2));
        let (eur, jpy): (Currency, Currency) = ("EUR".parse().unwrap(), "JPY".parse().unwrap());
        assert_eq!(seller([(one, eur), (one, eur)]), Ok((one, eur)));
        assert_eq!(seller([(one, eur), (other, eur)]), Err(Refusal::MixedLines));
        assert_eq!(seller([(one, eur), (one, jpy)]), Err(Refusal::MixedLines));
        assert_eq!(seller([]), Err(Refusal::NoLines));
    }
}
