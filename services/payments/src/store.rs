//! The tables of this service and its queries. Only this module contains SQL.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Money, OrganizerId, PaymentToken, Reason, UserId};
use boxoffice_database::table;
use boxoffice_envelope::Origin;
use uuid::Uuid;

use crate::domain::{EntryKind, PaymentStatus, RefundStatus};

pub use reads::{EntriesFilter, EntryPosition, due, entries, payment_and_entries, payments_by_ids};

table! {
    /// The payment of one order. Its id is the order's, and the key of the charge at the provider.
    pub struct Payment in "payments" versioned {
        key { id: BookingId }
        /// The organizer who sells.
        organizer_id: OrganizerId,
        /// The user who pays.
        user_id: UserId,
        /// The amount to pay, in minor units of the currency.
        amount_minor: i64,
        /// The currency of the amount.
        currency: Currency,
        /// The token to charge; `None` as soon as the outcome is known.
        payment_token: Option<PaymentToken>,
        /// The status; only a transition changes it.
        status: PaymentStatus,
        /// Why the order ended without tickets; `None` while it has not, and when its end left nothing to undo.
        order_ended: Option<Reason>,
        /// The provider's id of the charge; `None` until the provider captured the amount.
        provider_reference: Option<String>,
        /// The status of the refund; only a transition changes it.
        refund: RefundStatus,
        /// The number of calls in a row that had no answer.
        attempts: i64,
        /// When the provider is called next; `None` when no call is due.
        next_call_at: Option<Timestamp>,
        /// When the payment was opened. The deadline counts from here.
        created_at: Timestamp,
        /// The message that causes the next event of this payment; see [`Origin::causation_id`].
        causation_id: Option<Uuid>,
        /// Correlation id of the payment, see [`Origin::correlation_id`].
        correlation_id: String,
        /// Trace of the payment, see [`Origin::traceparent`].
        traceparent: Option<String>,
    }
}

impl Payment {
    /// The amount to pay.
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    /// Why the provider took nothing; see [`PaymentStatus::reason`].
    pub fn reason(&self) -> Option<Reason> {
        self.status.reason(self.order_ended)
    }

    /// The origin of the next event of this payment, which `actor` publishes.
    pub fn origin(&self, actor: &str) -> Origin {
        Origin {
            causation_id: self.causation_id,
            correlation_id: self.correlation_id.clone(),
            traceparent: self.traceparent.clone(),
            actor: actor.to_owned(),
        }
    }

    /// Makes `origin` the origin of the next event of this payment.
    pub fn set_origin(&mut self, origin: &Origin) {
        self.causation_id = origin.causation_id;
        self.correlation_id.clone_from(&origin.correlation_id);
        self.traceparent.clone_from(&origin.traceparent);
    }
}

table! {
    /// An entry in the history of a payment. Entries are appended and never change.
    pub struct Entry in "payment_entries" appended {
        key { order_id: BookingId, number: i64 }
        /// The kind; its [`EntryKind::number`] is the `number`.
        kind: EntryKind,
        /// The amount of the payment, in minor units of the currency.
        amount_minor: i64,
        /// The currency of the amount.
        currency: Currency,
        /// The provider's id of the charge or refund; `None` for other kinds.
        provider_reference: Option<String>,
        /// When the entry was appended.
        recorded_at: Timestamp,
        /// The subject or service on whose behalf it was appended.
        actor: String,
    }
}
