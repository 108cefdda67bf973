use std::convert::Infallible;

use boxoffice_contracts::{
    BookingId, Currency, OrganizerId, Reason, UserId,
    events::{OrderCancelled, OrderFailed, Refund},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

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

    fn tombstone(&self, context: &CommandContext) -> Payment {
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
            created_at: context.now,
            causation_id: context.origin.causation_id,
            correlation_id: context.origin.correlation_id.clone(),
            traceparent: context.origin.traceparent.clone(),
            version: 1,
        }
    }
}

impl Command for EndOrder {
    type Answer = ();
    type Refusal = Infallible;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Infallible> {
        if work.get::<Payment>(self.order).is_none() {
            work.insert(self.tombstone(context));
            return Ok(());
        }
        advance(work, self.order, context, |payment| {
            let step = payment.end_order(self.reason, context.now)?;
            // What is undone from here on belongs to the errand that ended the order.
            let origin = &context.origin;
            (payment.causation_id, payment.correlation_id) = (origin.causation_id, origin.correlation_id.clone());
            payment.traceparent.clone_from(&origin.traceparent);
            Some(step)
        });
        Ok(())
    }
}
