use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Currency, EventId, Money, MoneyError, TicketTypeId};

/// How many tickets one line may have: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32")]
#[schema(value_type = u32, minimum = 1, maximum = 100, example = 2)]
pub struct Quantity(u32);

/// A number of tickets that one line cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a quantity from 1 to {}", Quantity::MAX)]
pub struct QuantityOutOfRange;

impl Quantity {
    /// The most tickets in one line.
    pub const MAX: u32 = 100;

    /// A checked quantity.
    ///
    /// # Errors
    /// For 0, and above [`Quantity::MAX`].
    pub const fn new(quantity: u32) -> Result<Self, QuantityOutOfRange> {
        if quantity == 0 || quantity > Self::MAX { Err(QuantityOutOfRange) } else { Ok(Self(quantity)) }
    }

    /// The bare number.
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

/// Tickets of one type at the price at which they were held. This is the form that services keep in a JSON column;
/// in events it is an [`Item`](crate::Item).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// What the tickets are for.
    pub event_id: EventId,
    /// Which kind of ticket.
    pub ticket_type_id: TicketTypeId,
    /// The ticket type's name, as it was then.
    pub name: String,
    /// How many.
    pub quantity: Quantity,
    /// The price of one, in minor units of the currency that stands beside the lines.
    pub unit_price_minor: i64,
}

impl Line {
    /// What the line costs.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn amount(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::new(self.unit_price_minor, currency).times(self.quantity)
    }
}

/// The lines of one hold, booking or order. All are of one currency, which is kept beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// What all lines cost together.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn total(&self, currency: Currency) -> Result<Money, MoneyError> {
        self.0.iter().try_fold(Money::zero(currency), |sum, line| sum.plus(line.amount(currency)?))
    }

    /// How many tickets they are together.
    pub fn places(&self) -> u32 {
        self.0.iter().map(|line| line.quantity.get()).sum()
    }

    /// The one line, when there is exactly one.
    pub fn only(&self) -> Option<&Line> {
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
    fn totals_and_places_are_summed() {
        let lines = Lines::from(vec![line(2, 2550), line(1, 1000)]);
        assert_eq!(lines.total(Currency::EUR), Ok(Money::new(6100, Currency::EUR)));
        assert_eq!(lines.places(), 3);
        assert_eq!(lines.only(), None);
        assert_eq!(Lines::default().total(Currency::EUR), Ok(Money::zero(Currency::EUR)));
        let too_much = Lines::from(vec![line(1, i64::MAX), line(1, 1)]);
        assert_eq!(too_much.total(Currency::EUR), Err(MoneyError::Overflow));
    }

    #[test]
    fn the_stored_form_has_integers_only() {
        let lines = Lines::from(vec![line(2, 2550)]);
        let json = r#"[{"eventId":1,"ticketTypeId":2,"name":"General","quantity":2,"unitPriceMinor":2550}]"#;
        assert_eq!(serde_json::to_string(&lines).unwrap(), json);
        assert_eq!(serde_json::from_str::<Lines>(json).unwrap(), lines);
    }

    #[test]
    fn a_quantity_is_checked_when_it_is_read() {
        assert_eq!(serde_json::from_str::<Quantity>("100").unwrap().get(), 100);
        for refused in ["0", "101", "-1", "1.5", "\"1\""] {
            assert!(serde_json::from_str::<Quantity>(refused).is_err(), "{refused}");
        }
    }
}
