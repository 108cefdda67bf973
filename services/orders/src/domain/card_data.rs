//! Card numbers, where people write them though none belongs there.

/// Digits of a card number (ISO/IEC 7812: at most 19; below 12 there are none in use).
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=19;

/// Whether `text` holds what looks like the number of a card: 12 to 19 digits with a right check digit, with or without
/// spaces and hyphens between them. One in ten other numbers of that length looks the same.
pub fn looks_like_card_data(text: &str) -> bool {
    let spaced = |c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-'));
    let plain = |c: char| !c.is_ascii_digit();
    text.split(spaced).chain(text.split(plain)).any(is_card_number)
}

fn is_card_number(run: &str) -> bool {
    let digits: Vec<u32> = run.chars().filter_map(|c| c.to_digit(10)).collect();
    LENGTHS.contains(&digits.len()) && luhn(&digits) == 0
}

/// The remainder of ISO/IEC 7812-1, annex B: 0 when the last digit checks the others.
fn luhn(digits: &[u32]) -> u32 {
    let weighed = digits.iter().rev().enumerate().map(|(place, digit)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, double) if double > 9 => double - 9,
        (_, double) => double,
    });
    weighed.sum::<u32>() % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_seen_however_they_are_written() {
        for text in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "378282246310005",
            "6304000000000000",
            "4222222222222",
            "card:4111111111111111",
            "tok_4111111111111111",
            "please use 4111 1111 1111 1111, thanks",
            "room 12 4111111111111111",
        ] {
            assert!(looks_like_card_data(text), "{text}");
        }
    }

    #[test]
    fn other_texts_pass() {
        for text in [
            "",
            "tok_ok",
            "4242424242424241",
            "42424242424",
            "0123456789012345678901234567890",
            "tok_1NXWPnCo6bFb1KQto6C8OWvE",
            "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d",
            "2030-06-01",
        ] {
            assert!(!looks_like_card_data(text), "{text}");
        }
    }
}
