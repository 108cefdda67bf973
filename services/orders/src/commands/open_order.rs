use boxoffice_contracts::{
    BookingId, Currency, Item, Lines, OrganizerId, PaymentToken, UserId,
    events::{BookingCreated, OrderCreated, PlacedThrough, Refund},
};
use boxoffice_database::Json;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::history_row;
use crate::{
    domain::OrderStatus,
    error::Refusal,
    store::{HistoryRow, Order, OrderEvent},
};

/// A booking was made: what is owed for it is written down. Nothing happens when that was done before, or when the
/// booking was called off before it was heard of.
pub struct OpenOrder(pub BookingCreated);

impl Command for OpenOrder {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Order>(self.0.booking_id);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let booking = &self.0;
        if work.get::<Order>(booking.booking_id).is_some() {
            return Ok(());
        }
        let opening = Opening {
            id: booking.booking_id,
            user: booking.user_id,
            organizer: booking.organizer_id,
            lines: Item::to_lines(&booking.lines, booking.currency)?,
            currency: booking.currency,
            placed_through: PlacedThrough::Bookings,
            payment_token: booking.payment_token.clone(),
            note: "placed through bookings".into(),
        };
        opening.open(work, context).map(drop)
    }
}

/// An order that is about to be.
pub(super) struct Opening {
    pub(super) id: BookingId,
    pub(super) user: UserId,
    pub(super) organizer: OrganizerId,
    pub(super) lines: Lines,
    pub(super) currency: Currency,
    pub(super) placed_through: PlacedThrough,
    pub(super) payment_token: PaymentToken,
    pub(super) note: String,
}

impl Opening {
    /// Writes it down with the first row of its history, and says so. There must be no order of its id.
    pub(super) fn open(self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Order, Refusal> {
        let total = self.lines.total(self.currency)?;
        let created = OrderCreated {
            order_id: self.id,
            customer_id: self.user,
            items: Item::from_lines(&self.lines, self.currency),
            total_amount: total.decimal(),
            currency: self.currency,
            organizer_id: self.organizer,
            placed_through: self.placed_through,
            payment_token: self.payment_token,
        };
        let order = Order {
            id: self.id,
            user_id: self.user,
            organizer_id: self.organizer,
            lines: Json(self.lines),
            total_minor: total.minor,
            currency: self.currency,
            status: OrderStatus::Created,
            reason: None,
            refund: Refund::None,
            placed_through: self.placed_through,
            created_at: context.now,
            history_count: 1,
            version: 1,
        };
        let mut events: Vec<_> = order.lines.iter().map(|line| line.event_id).collect();
        events.sort_unstable();
        events.dedup();
        for event_id in events {
            work.insert(OrderEvent { event_id, order_id: self.id });
        }
        work.insert::<HistoryRow>(history_row(self.id, 1, order.status, self.note, context));
        work.insert(order.clone());
        work.publish(&created, context);
        Ok(order)
    }
}
