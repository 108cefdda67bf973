use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Currency, Decimal, EventId, Line, Lines, MoneyError, Quantity, TicketTypeId, as_text};

/// A line as events carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The kind of ticket.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub product_id: TicketTypeId,
    /// What the tickets are for. Not `eventId`, which names the message on the wire.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub event: EventId,
    /// The ticket type's name, as it was when it was ordered.
    pub name: String,
    /// How many.
    pub quantity: Quantity,
    /// The price of one, in the currency that stands beside the items.
    pub unit_price: Decimal,
}

impl Item {
    /// `lines` of `currency` as an event carries them.
    pub fn list(lines: &Lines, currency: Currency) -> Vec<Self> {
        let item = |line: &Line| Self {
            product_id: line.ticket_type_id,
            event: line.event_id,
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: crate::Money::new(line.unit_price_minor, currency).decimal(),
        };
        lines.iter().map(item).collect()
    }

    /// What an event of `currency` carries, as lines.
    ///
    /// # Errors
    /// [`MoneyError`] when a price is no amount of `currency`.
    pub fn lines(items: &[Self], currency: Currency) -> Result<Lines, MoneyError> {
        let line = |item: &Self| {
            Ok(Line {
                event_id: item.event,
                ticket_type_id: item.product_id,
                name: item.name.clone(),
                quantity: item.quantity,
                unit_price_minor: item.unit_price.in_currency(currency)?.minor,
            })
        };
        items.iter().map(line).collect::<Result<Vec<_>, _>>().map(Lines::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_to_items_and_back() {
        let lines = Lines::from(vec![Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(2),
            name: "General".into(),
            quantity: Quantity::new(2).unwrap(),
            unit_price_minor: 2550,
        }]);
        let items = Item::list(&lines, Currency::EUR);
        let json = r#"[{"productId":"2","event":"1","name":"General","quantity":2,"unitPrice":25.50}]"#;
        assert_eq!(serde_json::to_string(&items).unwrap(), json);
        let read: Vec<Item> = serde_json::from_str(json).unwrap();
        assert_eq!(Item::lines(&read, Currency::EUR), Ok(lines));
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(Item::lines(&read, yen), Err(MoneyError::TooPrecise { currency: yen }));
    }
}
