//! The tables of this service, and its reads. The only SQL.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, OrganizerId, PaymentToken, Reason, UserId, events::Refund};
use boxoffice_database::table;
use uuid::Uuid;

use crate::domain::{EntryKind, State};

pub use reads::{EntriesOf, Place, due, entries, payment_and_entries, payments_among};

table! {
    /// What is asked of a provider for one order.
    pub struct Payment in "payments" versioned {
        key { id: BookingId }
        /// Who sells.
        organizer_id: OrganizerId,
        /// Who pays.
        user_id: UserId,
        /// What is to be paid, in minor units.
        amount_minor: i64,
        /// Of the amount.
        currency: Currency,
        /// What to charge, until the outcome is known.
        payment_token: Option<PaymentToken>,
        /// Where it stands.
        state: State,
        /// Why the order ended, where that left something to undo.
        order_ended: Option<Reason>,
        /// The charge's id at the provider, once something was captured.
        reference: Option<String>,
        /// How far giving the money back has come.
        refund: Refund,
        /// How often the provider was called, for what it is called for at present, and did not answer.
        attempts: i64,
        /// When the provider is called next; none when there is nothing to ask.
        next_call_at: Option<Timestamp>,
        /// When the seats were heard to be held.
        created_at: Timestamp,
        /// The message that the next step follows from.
        causation_id: Option<Uuid>,
        /// The errand that the next step belongs to.
        correlation_id: String,
        /// The trace that the next step belongs to.
        traceparent: Option<String>,
    }
}

table! {
    /// One step in the history of a payment; none is ever changed.
    pub struct Entry in "payment_entries" appended {
        key { order_id: BookingId, number: i64 }
        /// What happened; its [`EntryKind::number`] is the `number`.
        kind: EntryKind,
        /// How much it was about, in minor units.
        amount_minor: i64,
        /// Of the amount.
        currency: Currency,
        /// Its id at the provider.
        provider_reference: Option<String>,
        /// When.
        at: Timestamp,
        /// Who did it.
        actor: String,
    }
}
