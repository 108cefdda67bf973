use std::convert::Infallible;

use boxoffice_contracts::{
    BookingId, Currency, OrganizerId, Reason, UserId,
    events::{OrderCancelled, OrderFailed, Refund},
};
use boxoffice_writer::{Command, Moment, Need, World};

use super::advance;
use crate::{domain::State, store::Payment};

/// An order ended without tickets: whatever was captured for it, or turns out to have been, is given back. Where no
/// payment is known yet, a tombstone is left, so that one heard of afterwards is not begun.
pub struct EndOrder {
    /// Which order.
    pub order: BookingId,
    /// Why it ended.
    pub reason: Reason,
    /// Whose.
    pub user: UserId,
    /// Who sells.
    pub organizer: OrganizerId,
    /// Of the order.
    pub currency: Currency,
}

impl EndOrder {
    /// What a failed order asks for.
    pub fn failed(order: &OrderFailed) -> Self {
        let OrderFailed { order_id, reason, customer_id, organizer_id, currency, .. } = *order;
        Self { order: order_id, reason, user: customer_id, organizer: organizer_id, currency }
    }

    /// What a cancelled order asks for.
    pub fn cancelled(order: &OrderCancelled) -> Self {
        let OrderCancelled { order_id, customer_id, organizer_id, currency, .. } = *order;
        Self { order: order_id, reason: Reason::Cancelled, user: customer_id, organizer: organizer_id, currency }
    }

    fn tombstone(&self, moment: &Moment) -> Payment {
        Payment {
            id: self.order,
            organizer_id: self.organizer,
            user_id: self.user,
            amount_minor: 0,
            currency: self.currency,
            payment_token: None,
            state: State::None,
            order_ended: Some(self.reason),
            reference: None,
            refund: Refund::None,
            attempts: 0,
            next_call_at: None,
            created_at: moment.now,
            cause: moment.origin.cause,
            correlation: moment.origin.correlation.clone(),
            trace: moment.origin.trace.clone(),
            version: 1,
        }
    }
}

impl Command for EndOrder {
    type Answer = ();
    type Refusal = Infallible;

    fn needs(&self, need: &mut Need<'_>) {
        need.row::<Payment>(self.order);
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Infallible> {
        if world.get::<Payment>(self.order).is_none() {
            world.insert(self.tombstone(moment));
            return Ok(());
        }
        advance(world, self.order, moment, |payment| {
            let step = payment.end_order(self.reason, moment.now)?;
            // What is undone from here on belongs to the errand that ended the order.
            let origin = &moment.origin;
            (payment.cause, payment.correlation) = (origin.cause, origin.correlation.clone());
            payment.trace.clone_from(&origin.trace);
            Some(step)
        });
        Ok(())
    }
}
