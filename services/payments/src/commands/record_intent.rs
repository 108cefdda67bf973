use boxoffice_contracts::events::{InventoryReserved, Refund};
use boxoffice_writer::{Command, Moment, Need, World};

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

    fn needs(&self, need: &mut Need<'_>) {
        if self.0.success {
            need.row::<Payment>(self.0.order_id);
        }
    }

    fn decide(&self, world: &mut World, moment: &Moment) -> Result<(), Refusal> {
        let order = &self.0;
        // Known: heard before, or the order has ended already and is not to be charged.
        if !order.success || world.get::<Payment>(order.order_id).is_some() {
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
            next_call_at: state.is_open().then_some(moment.now),
            created_at: moment.now,
            cause: moment.origin.cause,
            correlation: moment.origin.correlation.clone(),
            trace: moment.origin.trace.clone(),
            version: 1,
        };
        follow_up(world, &payment, Step { entry: Some(entry), reference: None, says }, moment);
        world.insert(payment);
        Ok(())
    }
}
