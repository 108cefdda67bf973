//! One command for each thing that this service does. Its data changes only through these commands.

mod close_order;
mod confirm_order;
mod create_order;
mod fail_order;
mod new_order;
mod open_order;
mod outcome_event;
mod record_payment;
mod record_refund;
mod record_reservation;
#[cfg(test)]
mod testing;

pub use close_order::CloseOrder;
pub use confirm_order::ConfirmOrder;
pub use create_order::CreateOrder;
pub use fail_order::FailOrder;
pub use open_order::OpenOrder;
pub use record_payment::RecordPayment;
pub use record_refund::RecordRefund;
pub use record_reservation::RecordReservation;

use boxoffice_contracts::BookingId;
use boxoffice_writer::{CommandContext, UnitOfWork};

use self::outcome_event::publish_outcome;
use crate::{
    domain::{OrderInput, OrderStatus},
    error::Refusal,
    store::{HistoryRow, Order},
};

/// Applies `input` to the order `id`, which the read set must name: writes the row and one history row for each status
/// that it enters, and publishes its outcome. A duplicate or late input changes nothing.
///
/// # Errors
/// [`Refusal::UnknownOrder`] when the order does not exist.
fn apply(work: &mut UnitOfWork, id: BookingId, input: OrderInput, context: &CommandContext) -> Result<(), Refusal> {
    let mut order = work.get::<Order>(id).ok_or(Refusal::UnknownOrder(id))?.clone();
    let Some(transition) = order.status.apply(input) else { return Ok(()) };
    let numbers = order.apply(&transition);
    work.update(order.clone());
    for (number, status) in numbers.zip(transition.path) {
        work.insert(history_row(id, number, *status, input.note().into_owned(), context));
    }
    if let Some(outcome) = transition.outcome {
        publish_outcome(work, &order, outcome, context);
        work.signal(outcome.word(), id.get());
    }
    Ok(())
}

fn history_row(
    order_id: BookingId,
    number: i64,
    status: OrderStatus,
    note: String,
    context: &CommandContext,
) -> HistoryRow {
    let actor = context.origin.actor.clone();
    let causation_id = context.origin.causation_id;
    HistoryRow { order_id, number, status, recorded_at: context.now, actor, note, causation_id }
}
