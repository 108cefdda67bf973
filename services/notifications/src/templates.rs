//! The words: what each kind of notification says. They are in the folder `templates`, a file for each kind, and are
//! compiled in: a template that asks for what there is not is a fault of the build.

use askama::Template;
use boxoffice_contracts::Reason;

use crate::domain::{Ending, Outcome};

/// A text and its one line in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// In one line.
    pub subject: String,
    /// In full; names no person. Its first line is the subject.
    pub message: String,
}

#[derive(Template)]
#[template(path = "booking-confirmed.txt")]
struct Confirmed<'a> {
    ending: &'a Ending,
}

#[derive(Template)]
#[template(path = "booking-failed.txt")]
struct Failed<'a> {
    ending: &'a Ending,
    reason: Reason,
}

#[derive(Template)]
#[template(path = "booking-cancelled.txt")]
struct Cancelled<'a> {
    ending: &'a Ending,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Letter<'a> {
    name: &'a str,
    message: &'a str,
}

/// What a customer is told of the end of an order.
pub fn of(ending: &Ending) -> Text {
    let message = match ending.outcome {
        Outcome::Confirmed => written(&Confirmed { ending }),
        Outcome::Failed(reason) => written(&Failed { ending, reason }),
        Outcome::Cancelled => written(&Cancelled { ending }),
    };
    let first = message.lines().next().unwrap_or_default();
    Text { subject: first.trim_end_matches('.').to_owned(), message }
}

/// The letter that takes `message` to a person.
pub fn letter(name: &str, message: &str) -> String {
    written(&Letter { name, message })
}

fn written(template: &impl Template) -> String {
    template.render().expect("writing to a string succeeds, and everything in a template can be written")
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{
        BookingId, Currency, Decimal, EventId, Item, OrganizerId, Quantity, TicketTypeId, UserId,
    };
    use uuid::Uuid;

    use super::*;

    fn text(outcome: Outcome) -> Text {
        let item = |id, name: &str, quantity, price| Item {
            product_id: TicketTypeId::from(id),
            event: EventId::from(1),
            name: name.to_owned(),
            quantity: Quantity::new(quantity).unwrap(),
            unit_price: Decimal::new(price, 2),
        };
        of(&Ending {
            booking: BookingId::from(Uuid::from_u128(7)),
            customer: UserId::from(1),
            organizer: OrganizerId::from(1),
            items: vec![item(1, "Stalls", 2, 2550), item(2, "Balcony", 1, 1000)],
            total: Decimal::new(6100, 2),
            currency: Currency::EUR,
            outcome,
        })
    }

    #[test]
    fn a_confirmation_names_lines_and_total() {
        let Text { subject, message } = text(Outcome::Confirmed);
        assert_eq!(subject, "Your booking is confirmed");
        assert_eq!(
            message,
            "Your booking is confirmed.\n\n2 x Stalls, 25.50 EUR each\n1 x Balcony, 10.00 EUR each\nTotal: 61.00 EUR\n\n\
             Your tickets are waiting for you in your booking.\n\nBooking 00000000-0000-0000-0000-000000000007\n"
        );
    }

    #[test]
    fn a_failure_says_why_in_its_own_words_for_each_reason() {
        let mut said = std::collections::HashSet::new();
        for word in Reason::VALUES {
            let Text { subject, message } = text(Outcome::Failed(word.parse().unwrap()));
            assert_eq!(subject, "Your booking could not be completed");
            assert!(
                message.contains("2 x Stalls, 25.50 EUR each") && message.contains("Total: 61.00 EUR"),
                "{message}"
            );
            assert!(said.insert(message), "{word} has no words of its own");
        }
    }

    #[test]
    fn a_cancellation_speaks_of_tickets_and_money() {
        let Text { subject, message } = text(Outcome::Cancelled);
        assert_eq!(subject, "Your booking is cancelled");
        assert!(message.contains("no longer valid") && message.contains("refunded in full"), "{message}");
    }
}
