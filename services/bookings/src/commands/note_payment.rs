use boxoffice_contracts::{
    BookingId,
    events::{PaymentPending, PaymentProcessed, PaymentRefunded},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::take_turn;
use crate::{domain::Turn, error::Refusal, store::Booking};

/// Something is known of a booking's money: its timeline shows it.
pub struct NotePayment {
    booking: BookingId,
    turn: Turn,
    note: String,
}

impl From<PaymentPending> for NotePayment {
    fn from(payment: PaymentPending) -> Self {
        Self { booking: payment.order_id, turn: Turn::PaymentPending, note: payment.message }
    }
}

impl From<PaymentProcessed> for NotePayment {
    fn from(payment: PaymentProcessed) -> Self {
        let turn = if payment.success { Turn::Paid } else { Turn::NotPaid };
        Self { booking: payment.order_id, turn, note: payment.message }
    }
}

impl From<PaymentRefunded> for NotePayment {
    fn from(refund: PaymentRefunded) -> Self {
        let note = format!("{} {}", refund.amount, refund.currency);
        Self { booking: refund.order_id, turn: Turn::Refund(refund.refund), note }
    }
}

impl Command for NotePayment {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.booking);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        if work.get::<Booking>(self.booking).is_none() {
            return Err(Refusal::TooEarly(self.booking));
        }
        take_turn(work, self.booking, self.turn, "payments", Some(self.note.clone()), context);
        Ok(())
    }
}
