//! Detection of card numbers in free text. Services refuse texts that contain one, so that no card number is stored,
//! logged or published.

use std::ops::RangeInclusive;

/// Number of digits of a card number: ISO/IEC 7812-1 and its predecessors.
const DIGITS: RangeInclusive<usize> = 12..=19;

/// Returns true when `text` contains a plausible card number: 12 to 19 digits with a valid check digit, with any spaces
/// and dashes between them.
pub fn has_card_number(text: &[u8]) -> bool {
    let spaced = text.split(|byte| !matches!(byte, b'0'..=b'9' | b' ' | b'-'));
    // A space may separate digits of one number or two numbers, so both readings are tested.
    spaced.flat_map(|run| std::iter::once(run).chain(run.split(|byte| !byte.is_ascii_digit()))).any(is_card_number)
}

fn is_card_number(run: &[u8]) -> bool {
    let digits = || run.iter().rev().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    run.len() >= *DIGITS.start() && DIGITS.contains(&digits().count()) && luhn(digits())
}

/// The Luhn check of ISO/IEC 7812-1, annex B. `digits` run from the last digit to the first.
fn luhn(digits: impl Iterator<Item = u32>) -> bool {
    let weighted = digits.enumerate().map(|(place, digit)| match (place % 2, digit) {
        (1, 5..) => digit * 2 - 9,
        (1, _) => digit * 2,
        _ => digit,
    });
    weighted.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_in_every_notation() {
        for card in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "tok_4242424242424242",
            "my card is 5555 5555 5555 4444, thanks",
            "378282246310005",
            "1 4242424242424242",
            "6304000000000000000",
            "6304000000000000",
            "4222222222222",
            "card:4111111111111111",
            "please use 4111 1111 1111 1111, thanks",
            "room 12 4111111111111111",
        ] {
            assert!(has_card_number(card.as_bytes()), "{card}");
        }
    }

    #[test]
    fn other_numbers_are_not_card_numbers() {
        for other in [
            "",
            "tok_ok",
            "4242424242424241",
            "42424242424",
            "42424242424242424242",
            "pm_1NGr8dLkdIwHu7ixVqYbM6rO",
            "2030-06-01T19:30:00Z",
            "+49 30 1234567",
            "0123456789012345678901234567890",
            "tok_1NXWPnCo6bFb1KQto6C8OWvE",
            "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d",
            "2030-06-01",
        ] {
            assert!(!has_card_number(other.as_bytes()), "{other}");
        }
    }
}
