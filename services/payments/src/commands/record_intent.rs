use boxoffice_contracts::events::{InventoryReserved, Refund};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::follow_up;
use crate::{
    domain::{EntryKind, Say, State, Step},
    error::Refusal,
    store::Payment,
};

/// The seats of an order are held: its amount is to be asked for. An order of nothing is paid at once, and no provider
/// hears of it.
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
        // Known: heard before, or the order has ended already and is not to be charged.
        if !order.success || work.get::<Payment>(order.order_id).is_some() {
            return Ok(());
        }
        let amount = order.amount.in_currency(order.currency)?;
        if amount.minor < 0 {
            return Err(Refusal::Negative(amount.minor));
        }
        let (state, entry, says): (_, _, &'static [Say]) = if amount.is_zero() {
            (State::Free, EntryKind::Free, &[Say::Processed])
        } else {
            (State::Asking, EntryKind::Intent, &[])
        };
        let payment = Payment {
            id: order.order_id,
            organizer_id: order.organizer_id,
            user_id: order.customer_id,
            amount_minor: amount.minor,
            currency: order.currency,
            payment_token: state.is_open().then(|| order.payment_token.clone()),
            state,
            order_ended: None,
            reference: None,
            refund: Refund::None,
            attempts: 0,
            next_call_at: state.is_open().then_some(context.now),
            created_at: context.now,
            causation_id: context.origin.causation_id,
            correlation_id: context.origin.correlation_id.clone(),
            traceparent: context.origin.traceparent.clone(),
            version: 1,
        };
        follow_up(work, &payment, Step { entry: Some(entry), reference: None, says }, context);
        work.insert(payment);
        Ok(())
    }
}
