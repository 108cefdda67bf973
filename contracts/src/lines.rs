use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Currency, EventId, Money, MoneyError, TicketTypeId};

/// Number of tickets of one line: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32")]
#[schema(value_type = u32, minimum = 1, maximum = 100, example = 2)]
pub struct Quantity(u32);

/// Error of creating a [`Quantity`] of 0 or above [`Quantity::MAX`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a quantity from 1 to {}", Quantity::MAX)]
pub struct QuantityOutOfRange;

impl Quantity {
    /// Maximum number of tickets in one line.
    pub const MAX: u32 = 100;

    /// Creates a quantity after checking its range.
    ///
    /// # Errors
    /// [`QuantityOutOfRange`] for 0 and above [`Quantity::MAX`].
    pub const fn new(quantity: u32) -> Result<Self, QuantityOutOfRange> {
        if quantity == 0 || quantity > Self::MAX { Err(QuantityOutOfRange) } else { Ok(Self(quantity)) }
    }

    /// The quantity as a number, from 1 to [`Quantity::MAX`].
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Quantity {
    type Error = QuantityOutOfRange;

    fn try_from(quantity: u32) -> Result<Self, QuantityOutOfRange> {
        Self::new(quantity)
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Tickets of one type at the price that was valid when the seats were held. Services store lines in a JSON column;
/// events carry them as [`Item`](crate::Item).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Event that the tickets are for.
    pub event_id: EventId,
    /// Ticket type of the line.
    pub ticket_type_id: TicketTypeId,
    /// Name of the ticket type when the seats were held.
    pub name: String,
    /// Number of tickets, 1 to 100.
    pub quantity: Quantity,
    /// Price of one ticket, in minor units of the currency that is stored next to the lines.
    pub unit_price_minor: i64,
}

impl Line {
    /// Unit price times quantity.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn amount(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::new(self.unit_price_minor, currency).times(self.quantity)
    }
}

/// Lines of one hold, booking or order. All have the same currency, which is stored next to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// Sum of all lines' amounts; zero without lines.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn total(&self, currency: Currency) -> Result<Money, MoneyError> {
        self.0.iter().try_fold(Money::zero(currency), |sum, line| sum.plus(line.amount(currency)?))
    }

    /// Sum of all lines' quantities.
    pub fn total_quantity(&self) -> u32 {
        self.0.iter().map(|line| line.quantity.get()).sum()
    }

    /// The only line; `None` unless there is exactly one.
    pub fn single(&self) -> Option<&Line> {
        if let [line] = self.0.as_slice() { Some(line) } else { None }
    }
}

impl std::ops::Deref for Lines {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        &self.0
    }
}

impl From<Vec<Line>> for Lines {
    fn from(lines: Vec<Line>) -> Self {
        Self(lines)
    }
}

impl FromIterator<Line> for Lines {
    fn from_iter<I: IntoIterator<Item = Line>>(lines: I) -> Self {
        Self(lines.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Lines {
    type Item = &'a Line;
    type IntoIter = std::slice::Iter<'a, Line>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quantity: u32, unit_price_minor: i64) -> Line {
        Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(2),
            name: "General".into(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price_minor,
        }
    }

    #[test]
    fn totals_and_quantities_are_summed() {
        let lines = Lines::from(vec![line(2, 2550), line(1, 1000)]);
        assert_eq!(lines.total(Currency::EUR), Ok(Money::new(6100, Currency::EUR)));
        assert_eq!(lines.total_quantity(), 3);
        assert_eq!(lines.single(), None);
        assert_eq!(Lines::default().total(Currency::EUR), Ok(Money::zero(Currency::EUR)));
        let too_much = Lines::from(vec![line(1, i64::MAX), line(1, 1)]);
        assert_eq!(too_much.total(Currency::EUR), Err(MoneyError::Overflow));
    }

    #[test]
    fn the_stored_form_has_only_integer_amounts() {
        let lines = Lines::from(vec![line(2, 2550)]);
        let json = r#"[{"eventId":1,"ticketTypeId":2,"name":"General","quantity":2,"unitPriceMinor":2550}]"#;
        assert_eq!(serde_json::to_string(&lines).unwrap(), json);
        assert_eq!(serde_json::from_str::<Lines>(json).unwrap(), lines);
    }

    #[test]
    fn deserializing_a_quantity_checks_its_range() {
        assert_eq!(serde_json::from_str::<Quantity>("100").unwrap().get(), 100);
        for refused in ["0", "101", "-1", "1.5", "\"1\""] {
            assert!(serde_json::from_str::<Quantity>(refused).is_err(), "{refused}");
        }
    }
}
