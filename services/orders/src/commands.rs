//! Verbs: one for each thing that can be done. The only way in which this service's data changes.

mod confirm_order;
mod end_order;
mod ending;
mod fail_order;
mod note_payment;
mod note_refund;
mod note_reservation;
mod open_order;
mod place_order;
mod recall;

pub use confirm_order::ConfirmOrder;
pub use end_order::EndOrder;
pub use fail_order::FailOrder;
pub use note_payment::NotePayment;
pub use note_refund::NoteRefund;
pub use note_reservation::NoteReservation;
pub use open_order::OpenOrder;
pub use place_order::PlaceOrder;
pub use recall::{Nothing, Recall};

use boxoffice_contracts::BookingId;
use boxoffice_writer::{CommandContext, UnitOfWork};

use self::ending::Ending;
use crate::{
    domain::{Fact, OrderStatus},
    error::Refusal,
    store::{HistoryRow, Order},
};

/// Moves the order `id`, which must be among the needs, as far as `fact` leads: a row of history for each step, and the
/// end said when it is reached. What comes twice or too late does nothing.
///
/// # Errors
/// [`Refusal::TooEarly`] when there is no such order.
fn advance(work: &mut UnitOfWork, id: BookingId, fact: Fact, context: &CommandContext) -> Result<(), Refusal> {
    let known = work.get::<Order>(id).ok_or(Refusal::TooEarly(id))?;
    let steps = known.status.after(fact);
    let Some(last) = steps.through.last() else { return Ok(()) };
    let order = work.edit::<Order>(id).expect("it was there a moment ago");
    order.status = *last;
    let numbers = order.count_history(steps.through.len());
    let ending = steps.end.map(|end| {
        order.reason = end.reason();
        (end, Ending::of(order, end))
    });
    let note = fact.note();
    for (number, status) in numbers.zip(steps.through) {
        work.insert(history_row(id, number, *status, note.to_string(), context));
    }
    if let Some((end, ending)) = ending {
        ending.publish(work, context);
        work.signal(end.word(), id.get());
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
    let (at, actor, causation_id) = (context.now, context.origin.actor.clone(), context.origin.causation_id);
    HistoryRow { order_id, number, status, at, actor, note, causation_id }
}
