//! From a request to a booking: the hold, then the booking, each at most once.

use boxoffice_contracts::BookingId;
use boxoffice_http::{ClientError, Problem, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Failure, IdempotencyKey, Idempotent, IdempotentRefused};

use super::{
    App, no_booking,
    wanted::{LineIn, NewBooking, Source},
};
use crate::{
    commands::PlaceBooking,
    error::{Refusal, SOLD_OUT, UNKNOWN_PAYMENT_TOKEN, passed_on, unanswered},
    neighbours::{Hold, HoldStatus, HoldWanted},
    store::{self, Customer, Named, RememberedRequest, Ticketed},
};

/// A booking that a request has made, or that an earlier one with its key had made.
pub struct Placed {
    pub booking: Ticketed,
    pub replayed: bool,
}

impl App {
    /// Makes a booking of what is `wanted`, once for each `key`.
    ///
    /// What is under way with a key is waited for: only then it is seen what became of it. Whoever gives up half way
    /// leaves at most a hold, which runs out by itself.
    pub(super) async fn take(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
        wanted: &NewBooking,
    ) -> Result<Placed, Problem> {
        let source = wanted.source()?;
        let _flight = match key {
            Some(key) => Some(self.single_flight.acquire(key.id).await),
            None => None,
        };
        let (customer, remembered) = self.first_look(caller, key, wanted).await?;
        if let (Some(key), Some(known)) = (key, remembered) {
            if known.fingerprint != key.fingerprint {
                return Err(IdempotentRefused::<Refusal>::KeyReused.into());
            }
            return self.replay(&known.resource).await;
        }
        let payment_token = wanted.token();
        if !self.neighbours.knows(&payment_token, &caller.origin).await.map_err(unanswered)? {
            let problem = Problem::new(&UNKNOWN_PAYMENT_TOKEN, "the payment provider does not know the paymentToken");
            return Err(problem.with_field("paymentToken", codes::field::FORMAT, "is none of the provider's"));
        }
        let user = self.buyer(caller, wanted.user_id, customer).await?;
        let hold = self.hold(caller, source).await?;
        let command = PlaceBooking {
            id: hold.id,
            user,
            organizer: hold.organizer_id,
            lines: hold.lines,
            currency: hold.currency,
            payment_token,
            deadline: self.deadline,
        };
        self.place(caller, Idempotent { key, command }, source).await
    }

    /// The customer as the copy has it, and the request of this key if it had its effect before: one read.
    async fn first_look(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
        wanted: &NewBooking,
    ) -> Result<(Option<Customer>, Option<RememberedRequest>), Problem> {
        let by_subject = Named::Subject(caller.subject());
        let named = wanted.user_id.filter(|_| caller.has(Scope::Operator)).map_or(by_subject, Named::User);
        match key {
            Some(key) => Ok(store::customer_and_request(self.database(), named, key.id).await?),
            None => Ok((store::customer(self.database(), named).await?, None)),
        }
    }

    async fn hold(&self, caller: &Caller, source: Source<'_>) -> Result<Hold, Problem> {
        let (id, lines) = match source {
            Source::Lines(lines) => (BookingId::from(self.entropy.uuid(self.clock.now())), Some(lines)),
            Source::Hold(id) => (id, None),
        };
        let wanted = HoldWanted::<LineIn> { id, owner: caller.subject(), lines };
        let hold = self.neighbours.take_hold(&wanted, &caller.origin).await.map_err(|error| {
            if matches!(&error, ClientError::Refused { code, .. } if code == SOLD_OUT) {
                metrics::counter!("boxoffice_bookings_sold_out_total").increment(1);
            }
            passed_on(error)
        })?;
        match hold.status {
            HoldStatus::Held => Ok(hold),
            HoldStatus::Otherwise => Err(Refusal::HoldUsed(hold.id).into()),
        }
    }

    async fn place(
        &self,
        caller: &Caller,
        once: Idempotent<PlaceBooking>,
        source: Source<'_>,
    ) -> Result<Placed, Problem> {
        let id = once.command.id;
        // A hold that the caller took before stays the caller's, whatever becomes of this request.
        let own_hold = matches!(source, Source::Lines(_));
        let outcome = self.writer.run(caller.origin.clone(), once).await;
        let was_kept = match &outcome {
            Ok(Effect::Fresh(_)) | Err(Failure::Unknown) => true,
            Ok(Effect::Replayed(other)) => *other == id.to_string(),
            Err(_) => false,
        };
        if own_hold && !was_kept {
            self.neighbours.give_back(id, &caller.origin).await;
        }
        match outcome? {
            Effect::Fresh(booking) => Ok(Placed { booking: (booking, Vec::new()), replayed: false }),
            Effect::Replayed(other) => self.replay(&other).await,
        }
    }

    async fn replay(&self, resource: &str) -> Result<Placed, Problem> {
        let id: BookingId = resource.parse().map_err(Problem::internal)?;
        let booking = store::booking(self.database(), id).await?.ok_or_else(|| no_booking(id))?;
        Ok(Placed { booking, replayed: true })
    }
}
