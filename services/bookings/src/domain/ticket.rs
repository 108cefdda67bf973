use boxoffice_contracts::{Line, Lines};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a ticket opens the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TicketStatus {
    /// It does.
    Valid,
    /// Its booking was cancelled.
    Void,
    /// It did, once.
    Used,
}

/// Digits and letters that nobody takes for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What a ticket is known by at the door: 80 random bits as 16 characters, too many to be guessed.
pub fn ticket_code(random: [u8; 10]) -> String {
    let bits = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let digit = |place: u32| usize::try_from(bits >> (5 * place) & 31).expect("less than 32");
    (0..16).rev().map(|place| char::from(ALPHABET[digit(place)])).collect()
}

/// The line of each place that `lines` stand for, with the number of its ticket, from 1 on.
pub fn places(lines: &Lines) -> impl Iterator<Item = (i64, &Line)> {
    (1..).zip(lines.iter().flat_map(|line| std::iter::repeat_n(line, line.quantity.get() as usize)))
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{EventId, Quantity, TicketTypeId};

    use super::*;

    #[test]
    fn a_code_has_all_bits_of_its_randomness() {
        assert_eq!(ticket_code([0; 10]), "0000000000000000");
        assert_eq!(ticket_code([255; 10]), "ZZZZZZZZZZZZZZZZ");
        assert_eq!(ticket_code([0, 0, 0, 0, 0, 0, 0, 0, 0, 33]), "0000000000000011");
        assert_eq!(ticket_code([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "G000000000000000");
    }

    #[test]
    fn every_place_has_its_number() {
        let line = |kind: i64, quantity| Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(kind),
            name: "Floor".into(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price_minor: 100,
        };
        let lines = Lines::from(vec![line(5, 2), line(6, 1)]);
        let places: Vec<_> = places(&lines).map(|(number, line)| (number, line.ticket_type_id.get())).collect();
        assert_eq!(places, [(1, 5), (2, 5), (3, 6)]);
    }
}
