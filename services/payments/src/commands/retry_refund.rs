use boxoffice_contracts::BookingId;
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::{follow_up, transitions};
use crate::{domain::RefundStatus, error::Refusal, store::Payment};

/// Asks the provider again for a refund that it refused, on behalf of an operator. The call has the same key, so the
/// provider refunds at most once. A refund that is pending or done does not change.
pub struct RetryRefund {
    /// The order's id, which is the booking's.
    pub order: BookingId,
}

impl Resource for Payment {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for RetryRefund {
    type Answer = Payment;
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Payment>(self.order);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Payment, Refusal> {
        let mut payment = work.get::<Payment>(self.order).cloned().ok_or(Refusal::NotFound(self.order))?;
        if payment.refund == RefundStatus::None {
            return Err(Refusal::NothingToRefund(self.order));
        }
        if let Some(effects) = transitions::apply_refund_retry(&mut payment, context.now) {
            // From here on the refund is part of the operator's request.
            payment.set_origin(&context.origin);
            follow_up(work, &payment, effects, context);
            work.update(payment);
        }
        work.get::<Payment>(self.order).cloned().ok_or(Refusal::NotFound(self.order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::{context, order_id, payment};

    fn decided(refund: RefundStatus) -> Result<Payment, Refusal> {
        let mut work = UnitOfWork::default().with_row(Payment { refund, ..payment() });
        RetryRefund { order: order_id() }.decide(&mut work, &context())
    }

    #[test]
    fn only_a_failed_refund_is_asked_for_again() {
        assert_eq!(decided(RefundStatus::None), Err(Refusal::NothingToRefund(order_id())));
        assert_eq!(decided(RefundStatus::Failed).unwrap().refund, RefundStatus::Pending);
        assert_eq!(decided(RefundStatus::Done).unwrap().version, payment().version);
    }
}
