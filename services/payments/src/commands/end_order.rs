use std::convert::Infallible;

use boxoffice_contracts::{
    BookingId, Currency, OrganizerId, Reason, UserId,
    events::{OrderCancelled, OrderFailed},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{follow_up, transitions};
use crate::{
    domain::{PaymentStatus, RefundStatus},
    store::Payment,
};

/// Ends the payment of an order that ended without tickets: payments asks for nothing any more and refunds what was
/// captured, or turns out to have been. For an order without a payment it leaves a tombstone, so that a reservation that
/// is delivered later does not begin one.
pub struct EndOrder {
    /// The order's id, which is the booking's.
    pub order: BookingId,
    /// Why the order ended.
    pub reason: Reason,
    /// The user who pays.
    pub user: UserId,
    /// The organizer who sells.
    pub organizer: OrganizerId,
    /// The currency of the order.
    pub currency: Currency,
}

impl EndOrder {
    /// The command for an order that failed.
    pub fn failed(order: &OrderFailed) -> Self {
        let OrderFailed { order_id, reason, customer_id, organizer_id, currency, .. } = *order;
        Self { order: order_id, reason, user: customer_id, organizer: organizer_id, currency }
    }

    /// The command for an order that a person cancelled.
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
            status: PaymentStatus::NotRequested,
            order_ended: Some(self.reason),
            provider_reference: None,
            refund: RefundStatus::None,
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
        let Some(mut payment) = work.get::<Payment>(self.order).cloned() else {
            work.insert(self.tombstone(context));
            return Ok(());
        };
        if let Some(effects) = transitions::apply_order_ended(&mut payment, self.reason, context.now) {
            // The refund is part of the operation that ended the order, not of the one that made it.
            payment.set_origin(&context.origin);
            follow_up(work, &payment, effects, context);
            work.update(payment);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, order_id, payment};

    fn decided(work: UnitOfWork) -> UnitOfWork {
        let command = EndOrder {
            order: order_id(),
            reason: Reason::Expired,
            user: UserId::from(1),
            organizer: OrganizerId::from(1),
            currency: Currency::EUR,
        };
        let mut work = work;
        let Ok(()) = command.decide(&mut work, &context());
        work
    }

    #[test]
    fn an_order_without_a_payment_leaves_a_tombstone() {
        let work = decided(UnitOfWork::default().without_row::<Payment>(order_id()));
        let tombstone = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((tombstone.status, tombstone.order_ended), (PaymentStatus::NotRequested, Some(Reason::Expired)));
        assert!(work.published().is_empty());
    }

    #[test]
    fn a_captured_payment_is_refunded() {
        let captured = Payment { status: PaymentStatus::Captured, next_call_at: None, ..payment() };
        let work = decided(UnitOfWork::default().with_row(captured));
        let payment = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((payment.refund, payment.next_call_at), (RefundStatus::Pending, Some(context().now)));
        assert_eq!(work.published().len(), 1);
    }
}
