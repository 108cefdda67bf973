//! Rules of payments: the state machines of a payment and of its refund, and what the provider is called for. Pure.

mod entry_kind;
mod outcome;
mod payment_status;
mod provider_call;
mod refund_status;

pub use entry_kind::EntryKind;
pub use outcome::{PaymentOutcome, RefundOutcome};
pub use payment_status::{PaymentEvent, PaymentInput, PaymentStatus, PaymentTransition};
pub use provider_call::{NextCall, ProviderCall};
pub use refund_status::{ApplyRefundInput, RefundInput, RefundStatus, RefundTransition};
