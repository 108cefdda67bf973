use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Currency, Decimal, EventId, Line, Lines, MoneyError, Quantity, TicketTypeId, as_text};

/// One line of an order in the form that events carry; see [`Line`] for the stored form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Id of the ticket type.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub product_id: TicketTypeId,
    /// Id of the event that the tickets are for. Named `event` because `eventId` is the id of the message.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub event: EventId,
    /// Name of the ticket type when it was ordered.
    pub name: String,
    /// Number of tickets, 1 to 100.
    pub quantity: Quantity,
    /// Price of one ticket, in the accompanying currency.
    pub unit_price: Decimal,
}

impl Item {
    /// Converts stored `lines`, whose prices are in `currency`, for an event.
    pub fn from_lines(lines: &Lines, currency: Currency) -> Vec<Self> {
        let item = |line: &Line| Self {
            product_id: line.ticket_type_id,
            event: line.event_id,
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: crate::Money::new(line.unit_price_minor, currency).decimal(),
        };
        lines.iter().map(item).collect()
    }

    /// Converts the items of an event, whose prices are in `currency`, to lines for the database.
    ///
    /// # Errors
    /// [`MoneyError`] when a price is not a valid amount of `currency`.
    pub fn to_lines(items: &[Self], currency: Currency) -> Result<Lines, MoneyError> {
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
    fn lines_convert_to_items_and_back() {
        let lines = Lines::from(vec![Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(2),
            name: "General".into(),
            quantity: Quantity::new(2).unwrap(),
            unit_price_minor: 2550,
        }]);
        let items = Item::from_lines(&lines, Currency::EUR);
        let json = r#"[{"productId":"2","event":"1","name":"General","quantity":2,"unitPrice":25.50}]"#;
        assert_eq!(serde_json::to_string(&items).unwrap(), json);
        let read: Vec<Item> = serde_json::from_str(json).unwrap();
        assert_eq!(Item::to_lines(&read, Currency::EUR), Ok(lines));
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(Item::to_lines(&read, yen), Err(MoneyError::TooPrecise { currency: yen }));
    }
}
