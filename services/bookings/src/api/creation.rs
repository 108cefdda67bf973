//! The steps from a request to a booking: take the hold, then create the booking, each at most once.

use boxoffice_contracts::BookingId;
use boxoffice_http::{ClientError, Outcome, Problem, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Failure, IdempotencyKey, Idempotent, IdempotentRefused};

use super::{
    App,
    requests::{CreateBookingRequest, Source},
};
use crate::{
    clients::{Hold, HoldRequest, HoldStatus},
    commands::CreateBooking,
    error::{Refusal, SOLD_OUT, UNKNOWN_PAYMENT_TOKEN, change_failed, read_failed},
    store::{self, BookingWithTickets, Customer, CustomerKey, IdempotencyRecord},
};

impl App {
    /// Creates the requested booking, once for each `key`.
    ///
    /// A concurrent request with the same key waits until the first one has finished, and then finds its effect. A request
    /// that ends half way leaves at most a hold, which expires on its own.
    pub(super) async fn create(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
        request: &CreateBookingRequest,
    ) -> Result<Outcome<BookingWithTickets>, Problem> {
        let source = request.source()?;
        let _flight = match key {
            Some(key) => Some(self.single_flight.acquire(key.id).await),
            None => None,
        };
        let (customer, record) = self.customer_and_record(caller, key, request).await?;
        if let (Some(key), Some(record)) = (key, record) {
            if record.fingerprint != key.fingerprint {
                return Err(IdempotentRefused::<Refusal>::KeyReused.into());
            }
            return self.replay(&record.resource_id).await;
        }
        let payment_token = request.payment_token();
        if !self.clients.payments.knows_token(&payment_token, &caller.origin).await.map_err(read_failed)? {
            let problem = Problem::new(&UNKNOWN_PAYMENT_TOKEN, "the payment provider does not know the paymentToken");
            return Err(problem.with_field("paymentToken", codes::field::FORMAT, "unknown to the payment provider"));
        }
        let user = self.buyer(caller, request.user_id, customer).await?;
        let hold = self.take_hold(caller, source).await?;
        let command = CreateBooking {
            id: hold.id,
            user,
            organizer: hold.organizer_id,
            lines: hold.lines,
            currency: hold.currency,
            payment_token,
            deadline: self.deadline,
        };
        self.create_of_hold(caller, Idempotent { key, command }, source).await
    }

    /// The copy of the buyer, and the record of an earlier request with this key, in one read.
    async fn customer_and_record(
        &self,
        caller: &Caller,
        key: Option<IdempotencyKey>,
        request: &CreateBookingRequest,
    ) -> Result<(Option<Customer>, Option<IdempotencyRecord>), Problem> {
        let requested = request.user_id.filter(|_| caller.has(Scope::Operator));
        let customer = requested.map_or(CustomerKey::Subject(caller.subject()), CustomerKey::User);
        match key {
            Some(key) => Ok(store::customer_and_idempotency_record(self.database(), customer, key.id).await?),
            None => Ok((store::customer(self.database(), customer).await?, None)),
        }
    }

    async fn take_hold(&self, caller: &Caller, source: Source<'_>) -> Result<Hold, Problem> {
        let (id, lines) = match source {
            Source::Lines(lines) => (BookingId::from(self.entropy.uuid(self.clock.now())), Some(lines)),
            Source::Hold(id) => (id, None),
        };
        let request = HoldRequest { id, owner: caller.subject(), lines };
        let hold = self.clients.inventory.take_hold(&request, &caller.origin).await.map_err(|error| {
            if matches!(&error, ClientError::Refused { code, .. } if code == SOLD_OUT) {
                ::metrics::counter!("boxoffice_bookings_sold_out_total").increment(1);
            }
            change_failed(error)
        })?;
        match hold.status {
            HoldStatus::Held => Ok(hold),
            HoldStatus::Other => Err(Refusal::HoldUsed(hold.id).into()),
        }
    }

    /// Runs the command, and releases the hold that this request took when another request had the effect or none has.
    async fn create_of_hold(
        &self,
        caller: &Caller,
        request: Idempotent<CreateBooking>,
        source: Source<'_>,
    ) -> Result<Outcome<BookingWithTickets>, Problem> {
        let id = request.command.id;
        // A hold that the caller took before stays with the caller, whatever the outcome of this request.
        let is_own_hold = matches!(source, Source::Lines(_));
        let outcome = self.writer.run(caller.origin.clone(), request).await;
        let is_hold_used = match &outcome {
            Ok(Effect::Fresh(_)) | Err(Failure::Unknown) => true,
            Ok(Effect::Replayed(other)) => *other == id.to_string(),
            Err(_) => false,
        };
        if is_own_hold && !is_hold_used {
            self.clients.inventory.release_hold(id, &caller.origin).await;
        }
        match outcome? {
            Effect::Fresh(value) => Ok(Outcome { value, replayed: false }),
            Effect::Replayed(other) => self.replay(&other).await,
        }
    }

    async fn replay(&self, resource: &str) -> Result<Outcome<BookingWithTickets>, Problem> {
        let value = self.reload(resource.parse().map_err(Problem::internal)?).await?;
        Ok(Outcome { value, replayed: true })
    }
}
