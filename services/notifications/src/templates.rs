//! The texts of notifications. Each kind has a file in the folder `templates`, which the build compiles in: a template that
//! names an unknown field does not compile.

use askama::Template;
use boxoffice_contracts::Reason;

use crate::domain::{OrderEnd, OrderOutcome};

/// The text of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The subject, in one line.
    pub subject: String,
    /// The message, without the recipient's name. Its first line is the subject.
    pub message: String,
}

#[derive(Template)]
#[template(path = "booking-confirmed.txt")]
struct Confirmed<'a> {
    end: &'a OrderEnd,
}

#[derive(Template)]
#[template(path = "booking-failed.txt")]
struct Failed<'a> {
    end: &'a OrderEnd,
    reason: Reason,
}

#[derive(Template)]
#[template(path = "booking-cancelled.txt")]
struct Cancelled<'a> {
    end: &'a OrderEnd,
}

#[derive(Template)]
#[template(path = "email.txt")]
struct Email<'a> {
    name: &'a str,
    message: &'a str,
}

/// Renders the notification about the end of an order.
pub fn render(end: &OrderEnd) -> Text {
    let message = match end.outcome {
        OrderOutcome::Confirmed => written(&Confirmed { end }),
        OrderOutcome::Failed(reason) => written(&Failed { end, reason }),
        OrderOutcome::Cancelled => written(&Cancelled { end }),
    };
    let first = message.lines().next().unwrap_or_default();
    Text { subject: first.trim_end_matches('.').to_owned(), message }
}

/// Renders the body of the e-mail with `message` to the person `name`.
pub fn email(name: &str, message: &str) -> String {
    written(&Email { name, message })
}

fn written(template: &impl Template) -> String {
    template.render().expect("writing to a string succeeds, and every value in a template implements Display")
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{
        BookingId, Currency, Decimal, EventId, Item, OrganizerId, Quantity, TicketTypeId, UserId, events::OrderSummary,
    };
    use uuid::Uuid;

    use super::*;

    fn text(outcome: OrderOutcome) -> Text {
        let item = |id, name: &str, quantity, price| Item {
            product_id: TicketTypeId::from(id),
            event: EventId::from(1),
            name: name.to_owned(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price: Decimal::new(price, 2),
        };
        let order = OrderSummary {
            order_id: BookingId::from(Uuid::from_u128(7)),
            customer_id: UserId::from(1),
            organizer_id: OrganizerId::from(1),
            items: vec![item(1, "Stalls", 2, 2550), item(2, "Balcony", 1, 1000)],
            total_amount: Decimal::new(6100, 2),
            currency: Currency::EUR,
        };
        render(&OrderEnd { order, outcome })
    }

    #[test]
    fn a_confirmation_lists_items_and_total() {
        let Text { subject, message } = text(OrderOutcome::Confirmed);
        assert_eq!(subject, "Your booking is confirmed");
        assert_eq!(
            message,
            "Your booking is confirmed.\n\n2 x Stalls, 25.50 EUR each\n1 x Balcony, 10.00 EUR each\nTotal: 61.00 EUR\n\n\
             Your tickets are waiting for you in your booking.\n\nBooking 00000000-0000-0000-0000-000000000007\n"
        );
    }

    #[test]
    fn each_reason_of_a_failure_has_its_own_text() {
        let mut messages = std::collections::HashSet::new();
        for word in Reason::VALUES {
            let Text { subject, message } = text(OrderOutcome::Failed(word.parse().unwrap()));
            assert_eq!(subject, "Your booking could not be completed");
            assert!(
                message.contains("2 x Stalls, 25.50 EUR each") && message.contains("Total: 61.00 EUR"),
                "{message}"
            );
            assert!(messages.insert(message), "{word} has no text of its own");
        }
    }

    #[test]
    fn a_cancellation_mentions_tickets_and_refund() {
        let Text { subject, message } = text(OrderOutcome::Cancelled);
        assert_eq!(subject, "Your booking is cancelled");
        assert!(message.contains("no longer valid") && message.contains("refunded in full"), "{message}");
    }
}
