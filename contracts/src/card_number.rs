//! Card numbers, where people write them though none belongs there: no service takes one in, so none can say it.

use std::ops::RangeInclusive;

/// Digits of a card number (ISO/IEC 7812-1, with what was in use before it).
const DIGITS: RangeInclusive<usize> = 12..=19;

/// Whether `text` holds what looks like a card number: 12 to 19 digits whose last one is the check digit of the others,
/// with any spaces and dashes between them.
pub fn has_card_number(text: &[u8]) -> bool {
    let spaced = text.split(|byte| !matches!(byte, b'0'..=b'9' | b' ' | b'-'));
    // A number may stand beside others that only a space parts from it.
    spaced.flat_map(|run| std::iter::once(run).chain(run.split(|byte| !byte.is_ascii_digit()))).any(is_card_number)
}

fn is_card_number(run: &[u8]) -> bool {
    let digits = || run.iter().rev().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    run.len() >= *DIGITS.start() && DIGITS.contains(&digits().count()) && luhn(digits())
}

/// The check of ISO/IEC 7812-1, annex B, from the last digit to the first.
fn luhn(digits: impl Iterator<Item = u32>) -> bool {
    let weighed = digits.enumerate().map(|(place, digit)| match (place % 2, digit) {
        (1, 5..) => digit * 2 - 9,
        (1, _) => digit * 2,
        _ => digit,
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_seen_however_they_are_written() {
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
    fn other_numbers_are_not() {
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
