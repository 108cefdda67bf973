use boxoffice_contracts::events::InventoryReserved;
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::{follow_up, transitions};
use crate::{
    domain::{NextCall, PaymentStatus, RefundStatus},
    error::Refusal,
    store::Payment,
};

/// Opens the payment of an order whose seats are reserved. The payment of a free order is processed at once, without a
/// call to the provider.
pub struct RecordIntent(pub InventoryReserved);

impl Command for RecordIntent {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        if self.0.success {
            reads.row::<Payment>(self.0.order_id);
        }
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let order = &self.0;
        // A payment that exists is a redelivery, or the tombstone of an order that has ended and must not be charged.
        if !order.success || work.get::<Payment>(order.order_id).is_some() {
            return Ok(());
        }
        let amount = order.amount.in_currency(order.currency)?;
        if amount.minor < 0 {
            return Err(Refusal::Negative(amount.minor));
        }
        let transition = PaymentStatus::opened(amount.is_zero());
        let status = transition.to;
        let payment = Payment {
            id: order.order_id,
            organizer_id: order.organizer_id,
            user_id: order.customer_id,
            amount_minor: amount.minor,
            currency: order.currency,
            payment_token: status.is_open().then(|| order.payment_token.clone()),
            status,
            order_ended: None,
            provider_reference: None,
            refund: RefundStatus::None,
            attempts: 0,
            next_call_at: (transition.next_call == NextCall::Now).then_some(context.now),
            created_at: context.now,
            causation_id: context.origin.causation_id,
            correlation_id: context.origin.correlation_id.clone(),
            traceparent: context.origin.traceparent.clone(),
            version: 1,
        };
        follow_up(work, &payment, transitions::opened(&transition), context);
        work.insert(payment);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{Currency, Decimal, OrganizerId, PaymentToken, UserId};

    use super::*;
    use crate::commands::testing::{context, order_id};

    fn reserved(amount: Decimal) -> RecordIntent {
        RecordIntent(InventoryReserved {
            order_id: order_id(),
            product_id: None,
            quantity: None,
            lines: Vec::new(),
            success: true,
            message: String::new(),
            reason: None,
            amount,
            currency: Currency::EUR,
            customer_id: UserId::from(1),
            organizer_id: OrganizerId::from(1),
            payment_token: PaymentToken::from("tok".to_owned()),
        })
    }

    fn decided(amount: Decimal) -> (Result<(), Refusal>, UnitOfWork) {
        let mut work = UnitOfWork::default().without_row::<Payment>(order_id());
        (reserved(amount).decide(&mut work, &context()), work)
    }

    #[test]
    fn a_reserved_order_requests_its_payment_at_once() {
        let (decision, work) = decided(Decimal::new(6100, 2));
        assert_eq!(decision, Ok(()));
        let payment = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((payment.status, payment.next_call_at), (PaymentStatus::Requested, Some(context().now)));
        assert!(work.published().is_empty() && work.signals().len() == 1);
    }

    #[test]
    fn a_free_order_is_processed_without_a_call_and_keeps_no_token() {
        let (decision, work) = decided(Decimal::new(0, 2));
        assert_eq!(decision, Ok(()));
        let payment = work.get::<Payment>(order_id()).unwrap();
        assert_eq!((payment.status, payment.next_call_at), (PaymentStatus::Free, None));
        assert!(payment.payment_token.is_none() && work.published().len() == 1);
    }

    #[test]
    fn a_negative_amount_is_refused() {
        let (decision, work) = decided(Decimal::new(-1, 2));
        assert_eq!(decision, Err(Refusal::Negative(-1)));
        assert!(work.get::<Payment>(order_id()).is_none());
    }
}
