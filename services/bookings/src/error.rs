//! The closed list of refusals of bookings with their error codes, and the conversion of errors of other services.

use std::time::Duration;

use boxoffice_contracts::{BookingId, MoneyError, UserId};
use boxoffice_http::{ClientError, Code, Problem, codes};

use crate::domain::BookingStatus;

/// Why a command was refused. A refused command has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A booking with the id of the hold exists.
    #[error("hold {0} already has a booking")]
    HoldUsed(BookingId),
    /// The user is deleted, or users is about to delete the user.
    #[error("user {0} is deleted or being deleted")]
    CustomerDeleted(UserId),
    /// Users is about to delete the user; the message is redelivered until the outcome is known.
    #[error("user {0} is being deleted")]
    CustomerRetired(UserId),
    /// No such booking exists, or it belongs to another user.
    #[error("booking {0} not found")]
    NotFound(BookingId),
    /// The booking has failed or expired.
    #[error("the booking is {}", .0.word())]
    NotCancellable(BookingStatus),
    /// The message overtook the one that opens the booking; it is redelivered.
    #[error("booking {0} does not exist yet")]
    UnknownBooking(BookingId),
    /// The total overflows, or a price does not fit the currency.
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

/// No user belongs to the caller's token.
pub const PROFILE_MISSING: Code = Code {
    code: "profile-missing",
    status: 409,
    title: "Profile missing",
    about: "The token belongs to no user, or to a user who is being deleted. Create a profile with \
            `PUT /api/v1/users/me`, then repeat the request. An operator who books for a user names the user in `userId`.",
};
/// The booking has failed or expired.
pub const NOT_CANCELLABLE: Code = Code {
    code: "not-cancellable",
    status: 409,
    title: "Booking not cancellable",
    about: "The booking has failed or expired and cannot be cancelled. Captured amounts are refunded automatically.",
};
/// The hold has been booked before.
pub const HOLD_USED: Code = Code {
    code: "hold-used",
    status: 409,
    title: "Hold already booked",
    about: "A hold can be booked once. The existing booking has the id of the hold.",
};
/// The payment provider does not know the token.
pub const UNKNOWN_PAYMENT_TOKEN: Code = Code {
    code: "unknown-payment-token",
    status: 400,
    title: "Unknown payment token",
    about: "The payment provider does not know the `paymentToken`. Request a token from the provider, or omit the field \
            while payments are simulated.",
};
/// The body contains a card number.
pub const CARD_DATA_REFUSED: Code = Code {
    code: "card-data-refused",
    status: 400,
    title: "Card data refused",
    about: "A text in the body looks like a card number. Send card data to the payment provider only, and use the token \
            that it returns. The body was neither stored nor logged.",
};

/// All error codes that this service owns.
pub const CODES: &[&Code] =
    &[&PROFILE_MISSING, &NOT_CANCELLABLE, &HOLD_USED, &UNKNOWN_PAYMENT_TOKEN, &CARD_DATA_REFUSED];

/// Inventory's error code for seats that are sold out.
pub const SOLD_OUT: &str = "sold-out";

/// An error code that inventory owns and documents.
const fn inventory_code(code: &'static str, status: u16, title: &'static str) -> Code {
    Code { code, status, title, about: "" }
}

/// The refusals of inventory that are passed on to the client as they are.
static PASSED_ON: [Code; 4] = [
    inventory_code(SOLD_OUT, 409, "Sold out"),
    inventory_code("not-on-sale", 409, "Not on sale"),
    inventory_code("mixed-lines", 400, "Lines of several sellers"),
    inventory_code("hold-over", 409, "The hold is over"),
];

/// The `Retry-After` of an unavailable service that did not send one.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The problem for a failed change at another service: its refusal with code, detail and fields, when the client's
/// request caused it; `unavailable` or `timeout` when the service did not answer; otherwise an internal error.
pub fn change_failed(error: ClientError) -> Problem {
    match error {
        ClientError::Refused { ref code, ref detail, ref errors, .. } => match passed_on(code) {
            Some(code) => Problem { errors: errors.clone(), ..Problem::new(code, detail.clone()) },
            None => Problem::internal(error),
        },
        ClientError::Malformed { .. } => Problem::internal(error),
        unanswered => {
            let problem = Problem::from(unanswered);
            let retry_after = problem.retry_after.unwrap_or(RETRY_AFTER);
            problem.with_retry_after(retry_after)
        }
    }
}

/// The problem for a failed read at another service. A read changes nothing, so the answer is `unavailable` even when
/// the outcome of the request is unknown.
pub fn read_failed(error: ClientError) -> Problem {
    let (service, retry_after) = match error {
        ClientError::Unavailable { service, retry_after, .. } => (service, retry_after),
        ClientError::OutcomeUnknown { service, .. } => (service, None),
        ClientError::Refused { .. } | ClientError::Malformed { .. } => return Problem::internal(error),
    };
    Problem::new(&codes::UNAVAILABLE, format!("the {service} service is unavailable"))
        .with_retry_after(retry_after.unwrap_or(RETRY_AFTER))
}

fn passed_on(code: &str) -> Option<&'static Code> {
    PASSED_ON.iter().chain([&codes::INVALID, &codes::NOT_FOUND]).find(|known| known.code == code)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::HoldUsed(_) => &HOLD_USED,
            Refusal::NotFound(_) => &codes::NOT_FOUND,
            Refusal::NotCancellable(_) => &NOT_CANCELLABLE,
            Refusal::CustomerDeleted(_) => &PROFILE_MISSING,
            Refusal::UnknownBooking(_) | Refusal::CustomerRetired(_) | Refusal::Amount(_) => {
                return Self::internal(refusal);
            }
        };
        Self::new(code, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Problem {
        change_failed(ClientError::Refused {
            service: "inventory".into(),
            status,
            code: code.into(),
            detail: "2 requested, 1 left".into(),
            errors: Vec::new(),
        })
    }

    #[test]
    fn a_refusal_of_inventory_keeps_its_code_and_detail() {
        let problem = refused(409, "sold-out");
        assert_eq!(
            (problem.code.code, problem.code.status, &*problem.detail),
            ("sold-out", 409, "2 requested, 1 left")
        );
        assert_eq!(refused(404, "not-found").code, &codes::NOT_FOUND);
    }

    #[test]
    fn a_refusal_that_the_client_did_not_cause_is_an_internal_error() {
        assert_eq!(refused(403, "forbidden").code, &codes::INTERNAL);
        assert_eq!(refused(409, "slug-taken").code, &codes::INTERNAL);
    }

    #[test]
    fn an_unanswered_change_has_a_retry_delay() {
        let silent = ClientError::OutcomeUnknown { service: "inventory".into(), reason: "no answer".into() };
        let problem = change_failed(silent);
        assert_eq!((problem.code, problem.retry_after), (&codes::TIMEOUT, Some(Duration::from_secs(1))));
        let gone = ClientError::Unavailable {
            service: "inventory".into(),
            reason: "busy".into(),
            retry_after: Some(Duration::from_secs(3)),
        };
        let problem = change_failed(gone);
        assert_eq!((problem.code, problem.retry_after), (&codes::UNAVAILABLE, Some(Duration::from_secs(3))));
    }

    #[test]
    fn an_unanswered_read_is_unavailable() {
        let problem = read_failed(ClientError::OutcomeUnknown { service: "users".into(), reason: "no answer".into() });
        assert_eq!((problem.code, problem.retry_after), (&codes::UNAVAILABLE, Some(Duration::from_secs(1))));
    }
}
