//! Events of other services about one booking of two seats at 25.50 EUR.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Decimal, EventId, Item, Line, Lines, NotificationId, OrganizerId, PaymentToken, Quantity,
    Reason, TicketTypeId, UserId,
    events::{
        Channel, NotificationKind, NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed,
        PaymentPending, PaymentProcessed, PaymentRefunded, PlacedThrough, Refund,
    },
};
use boxoffice_envelope::{Event, Message, Origin};
use uuid::Uuid;

/// Seats of every booking in these tests.
pub const SEATS: usize = 2;

pub fn lines() -> Lines {
    Lines::from(vec![Line {
        event_id: EventId::from(3),
        ticket_type_id: TicketTypeId::from(5),
        name: "Floor".into(),
        quantity: Quantity::new(2).unwrap(),
        unit_price_minor: 2550,
    }])
}

pub fn message<E: Event>(event: &E) -> Message {
    Message::of(event, Uuid::from_u128(7), Timestamp::from_micros(0), Origin::default())
}

fn items() -> Vec<Item> {
    Item::from_lines(&lines(), Currency::EUR)
}

fn total() -> Decimal {
    Decimal::new(5100, 2)
}

pub fn order_created(id: BookingId, placed_through: PlacedThrough) -> Message {
    message(&OrderCreated {
        order_id: id,
        customer_id: UserId::from(7),
        items: items(),
        total_amount: total(),
        currency: Currency::EUR,
        organizer_id: OrganizerId::from(1),
        placed_through,
        payment_token: PaymentToken::from("tok_ok".to_owned()),
    })
}

pub fn order_confirmed(id: BookingId) -> Message {
    message(&OrderConfirmed {
        order_id: id,
        customer_id: UserId::from(7),
        items: items(),
        total_amount: total(),
        currency: Currency::EUR,
        organizer_id: OrganizerId::from(1),
    })
}

pub fn order_failed(id: BookingId, reason: Reason) -> Message {
    message(&OrderFailed {
        order_id: id,
        customer_id: UserId::from(7),
        items: items(),
        reason,
        total_amount: total(),
        currency: Currency::EUR,
        organizer_id: OrganizerId::from(1),
    })
}

pub fn order_cancelled(id: BookingId) -> Message {
    message(&OrderCancelled {
        order_id: id,
        customer_id: UserId::from(7),
        items: items(),
        total_amount: total(),
        currency: Currency::EUR,
        organizer_id: OrganizerId::from(1),
    })
}

pub fn payment_pending(id: BookingId) -> Message {
    let message_text = "The payment provider has not answered yet".into();
    message(&PaymentPending { order_id: id, message: message_text, organizer_id: OrganizerId::from(1) })
}

pub fn payment_processed(id: BookingId, success: bool) -> Message {
    message(&PaymentProcessed {
        order_id: id,
        success,
        amount: total(),
        currency: Currency::EUR,
        transaction_id: None,
        reason: (!success).then_some(Reason::Declined),
        message: "Payment processed".into(),
        organizer_id: OrganizerId::from(1),
    })
}

pub fn refunded(id: BookingId, refund: Refund) -> Message {
    message(&PaymentRefunded {
        order_id: id,
        amount: total(),
        currency: Currency::EUR,
        transaction_id: None,
        refund,
        organizer_id: OrganizerId::from(1),
    })
}

pub fn notified(id: BookingId, kind: NotificationKind) -> Message {
    message(&NotificationSent {
        notification_id: NotificationId::from(Uuid::from_u128(9)),
        booking_id: id,
        customer_id: UserId::from(7),
        kind,
        channel: Channel::Email,
        organizer_id: OrganizerId::from(1),
    })
}
