use boxoffice_contracts::{
    BookingId,
    events::{PaymentPending, PaymentProcessed, PaymentRefunded},
};
use boxoffice_writer::{Command, CommandContext, ReadSet, UnitOfWork};

use super::apply;
use crate::{domain::BookingInput, error::Refusal, store::Booking};

/// Records the status of a booking's payment or refund and adds it to the timeline.
pub struct RecordPayment {
    booking: BookingId,
    input: BookingInput,
    note: String,
}

impl From<PaymentPending> for RecordPayment {
    fn from(payment: PaymentPending) -> Self {
        Self { booking: payment.order_id, input: BookingInput::PaymentPending, note: payment.message }
    }
}

impl From<PaymentProcessed> for RecordPayment {
    fn from(payment: PaymentProcessed) -> Self {
        let input = if payment.success { BookingInput::PaymentCaptured } else { BookingInput::PaymentFailed };
        Self { booking: payment.order_id, input, note: payment.message }
    }
}

impl From<PaymentRefunded> for RecordPayment {
    fn from(refund: PaymentRefunded) -> Self {
        let note = format!("{} {}", refund.amount, refund.currency);
        Self { booking: refund.order_id, input: BookingInput::Refund(refund.refund), note }
    }
}

impl Command for RecordPayment {
    type Answer = ();
    type Refusal = Refusal;

    fn read_set(&self, reads: &mut ReadSet<'_>) {
        reads.row::<Booking>(self.booking);
    }

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<(), Refusal> {
        let booking = work.get::<Booking>(self.booking).ok_or(Refusal::UnknownBooking(self.booking))?.clone();
        apply(work, booking, self.input, ("payments", Some(self.note.clone())), context);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::testing::{booking, context_after, id},
        domain::BookingStatus,
    };

    #[test]
    fn each_input_adds_one_entry_and_keeps_the_status() {
        for input in [BookingInput::PaymentPending, BookingInput::PaymentCaptured, BookingInput::PaymentFailed] {
            let mut work = UnitOfWork::default().with_row(booking());
            let before = booking().timeline.iter().count();
            for _ in 0..2 {
                let command = RecordPayment { booking: id(), input, note: "note".into() };
                command.decide(&mut work, &context_after(1)).unwrap();
            }
            let row = work.get::<Booking>(id()).unwrap();
            assert_eq!((row.status, row.timeline.iter().count()), (BookingStatus::Pending, before + 1), "{input:?}");
        }
    }

    #[test]
    fn an_unknown_booking_is_refused() {
        let mut work = UnitOfWork::default().without_row::<Booking>(id());
        let command = RecordPayment { booking: id(), input: BookingInput::PaymentCaptured, note: String::new() };
        assert_eq!(command.decide(&mut work, &context_after(1)), Err(Refusal::UnknownBooking(id())));
    }
}
