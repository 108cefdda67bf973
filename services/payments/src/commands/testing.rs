//! Helpers of the unit tests of commands.

use std::time::Duration;

use boxoffice_clock::{Entropy, Timestamp};
use boxoffice_contracts::{BookingId, Currency, OrganizerId, PaymentToken, UserId};
use boxoffice_envelope::Origin;
use boxoffice_writer::CommandContext;
use uuid::Uuid;

use super::CallPolicy;
use crate::{
    domain::{PaymentStatus, RefundStatus},
    store::Payment,
};

/// The deadline of [`policy`].
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

pub(super) fn policy() -> CallPolicy {
    CallPolicy::new(Duration::from_millis(500), Duration::from_secs(30), DEADLINE)
}

pub(super) fn context() -> CommandContext {
    CommandContext::new(Timestamp::from_micros(0), Origin::default(), Entropy::seeded(7))
}

pub(super) fn order_id() -> BookingId {
    BookingId::from(Uuid::from_u128(1))
}

/// A payment of 50 EUR that was requested at the time of [`context`].
pub(super) fn payment() -> Payment {
    Payment {
        id: order_id(),
        organizer_id: OrganizerId::from(1),
        user_id: UserId::from(1),
        amount_minor: 5000,
        currency: Currency::EUR,
        payment_token: Some(PaymentToken::from("tok".to_owned())),
        status: PaymentStatus::Requested,
        order_ended: None,
        provider_reference: None,
        refund: RefundStatus::None,
        attempts: 0,
        next_call_at: Some(Timestamp::from_micros(0)),
        created_at: Timestamp::from_micros(0),
        causation_id: None,
        correlation_id: String::new(),
        traceparent: None,
        version: 1,
    }
}
