use boxoffice_contracts::{Line, Lines};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a ticket admits its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TicketStatus {
    /// It admits its holder.
    Valid,
    /// Its booking was cancelled.
    Void,
    /// It was scanned at the entrance and admits nobody again.
    Used,
}

/// Crockford's base 32: digits and letters that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code that a venue scans: 80 random bits as 16 characters, which cannot be guessed.
pub fn ticket_code(random: [u8; 10]) -> String {
    let bits = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let digit = |index: u32| usize::try_from(bits >> (5 * index) & 31).expect("less than 32");
    (0..16).rev().map(|index| char::from(ALPHABET[digit(index)])).collect()
}

/// One item for each seat of `lines`: the number of its ticket, from 1, and its line.
pub fn seats(lines: &Lines) -> impl Iterator<Item = (i64, &Line)> {
    (1..).zip(lines.iter().flat_map(|line| std::iter::repeat_n(line, line.quantity.get() as usize)))
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{EventId, Quantity, TicketTypeId};

    use super::*;

    #[test]
    fn a_code_encodes_all_random_bits() {
        assert_eq!(ticket_code([0; 10]), "0000000000000000");
        assert_eq!(ticket_code([255; 10]), "ZZZZZZZZZZZZZZZZ");
        assert_eq!(ticket_code([0, 0, 0, 0, 0, 0, 0, 0, 0, 33]), "0000000000000011");
        assert_eq!(ticket_code([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "G000000000000000");
    }

    #[test]
    fn tickets_are_numbered_from_1_across_lines() {
        let line = |kind: i64, quantity| Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(kind),
            name: "Floor".into(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price_minor: 100,
        };
        let lines = Lines::from(vec![line(5, 2), line(6, 1)]);
        let seats: Vec<_> = seats(&lines).map(|(number, line)| (number, line.ticket_type_id.get())).collect();
        assert_eq!(seats, [(1, 5), (2, 5), (3, 6)]);
    }
}
