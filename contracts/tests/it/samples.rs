//! One sample message of each event, all about one booking.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, Currency, Decimal, EventId, Item, Line, Lines, NotificationId, OrganizerId, PaymentToken, Quantity,
    Reason, TicketTypeId, UserId,
    events::{
        BookingCancelled, BookingCreated, Channel, InventoryReleased, InventoryReserved, InventorySold,
        NotificationKind, NotificationSent, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentPending,
        PaymentProcessed, PaymentRefunded, PlacedThrough, Refund, UserSaved,
    },
};
use boxoffice_envelope::{Event, Message, Origin};
use uuid::Uuid;

const CURRENCY: Currency = Currency::EUR;

fn booking() -> BookingId {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001).into()
}

fn customer() -> UserId {
    UserId::from(7)
}

fn organizer() -> OrganizerId {
    OrganizerId::from(1)
}

fn token() -> PaymentToken {
    PaymentToken::from("tok_ok".to_owned())
}

fn lines() -> Lines {
    Lines::from(vec![Line {
        event_id: EventId::from(3),
        ticket_type_id: TicketTypeId::from(5),
        name: "Balcony, \"the gods\"".to_owned(),
        quantity: Quantity::new(2).expect("in range"),
        unit_price_minor: 5000,
    }])
}

fn items() -> Vec<Item> {
    Item::from_lines(&lines(), CURRENCY)
}

fn total() -> Decimal {
    lines().total(CURRENCY).expect("a small sum").decimal()
}

/// Wraps the event in a message and asserts that it deserializes unchanged.
fn message<E: Event + PartialEq + std::fmt::Debug>(event: E) -> Message {
    let at = "2030-06-01T19:30:00Z".parse::<Timestamp>().expect("RFC 3339");
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00ff);
    let message = Message::of(&event, id, at, Origin::default());
    assert_eq!(message.read::<E>().expect("a message deserializes as its own event"), event);
    message
}

/// One sample of each event, in the order of `EVENTS`.
pub fn all() -> Vec<Message> {
    let mut messages =
        vec![message(UserSaved { user_id: customer(), subject: Some("auth|7".into()), deleted: false, version: 1 })];
    messages.extend(beginning());
    messages.extend(middle());
    messages.extend(end());
    messages
}

fn beginning() -> [Message; 4] {
    [
        message(BookingCreated {
            booking_id: booking(),
            user_id: customer(),
            organizer_id: organizer(),
            ticket_count: lines().total_quantity(),
            total_price: total(),
            currency: CURRENCY,
            lines: items(),
            payment_token: token(),
        }),
        message(BookingCancelled {
            booking_id: booking(),
            user_id: customer(),
            organizer_id: organizer(),
            reason: Reason::Cancelled,
        }),
        message(OrderCreated {
            order_id: booking(),
            customer_id: customer(),
            items: items(),
            total_amount: total(),
            currency: CURRENCY,
            organizer_id: organizer(),
            placed_through: PlacedThrough::Bookings,
            payment_token: token(),
        }),
        message(InventoryReserved {
            order_id: booking(),
            product_id: lines().single().map(|line| line.ticket_type_id),
            quantity: lines().single().map(|line| line.quantity),
            lines: items(),
            success: true,
            message: "Inventory reserved successfully".into(),
            reason: None,
            amount: total(),
            currency: CURRENCY,
            customer_id: customer(),
            organizer_id: organizer(),
            payment_token: token(),
        }),
    ]
}

fn middle() -> [Message; 4] {
    [
        message(PaymentPending {
            order_id: booking(),
            message: "The payment provider has not answered yet".into(),
            organizer_id: organizer(),
        }),
        message(PaymentProcessed {
            order_id: booking(),
            success: false,
            amount: total(),
            currency: CURRENCY,
            transaction_id: Some("pi_1".into()),
            reason: Some(Reason::Declined),
            message: "The card was declined".into(),
            organizer_id: organizer(),
        }),
        message(InventorySold { order_id: booking(), lines: items(), currency: CURRENCY, organizer_id: organizer() }),
        message(InventoryReleased { order_id: booking(), reason: Reason::Declined, organizer_id: organizer() }),
    ]
}

fn end() -> [Message; 5] {
    let (order_id, customer_id, organizer_id) = (booking(), customer(), organizer());
    let (items, total_amount, currency) = (items(), total(), CURRENCY);
    [
        message(OrderConfirmed { order_id, customer_id, items: items.clone(), total_amount, currency, organizer_id }),
        message(OrderFailed {
            order_id,
            customer_id,
            items: items.clone(),
            reason: Reason::SoldOut,
            total_amount,
            currency,
            organizer_id,
        }),
        message(OrderCancelled { order_id, customer_id, items, total_amount, currency, organizer_id }),
        message(PaymentRefunded {
            order_id,
            amount: total_amount,
            currency,
            transaction_id: Some("re_1".into()),
            refund: Refund::Done,
            organizer_id,
        }),
        message(NotificationSent {
            notification_id: NotificationId::from(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)),
            booking_id: order_id,
            customer_id,
            kind: NotificationKind::BookingConfirmed,
            channel: Channel::Email,
            organizer_id,
        }),
    ]
}
