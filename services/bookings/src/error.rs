//! The closed list of what bookings refuses, the code that each refusal has, and what is passed on for neighbors.

use std::time::Duration;

use boxoffice_contracts::{BookingId, MoneyError, UserId};
use boxoffice_http::{ClientError, Code, Problem, codes};

use crate::domain::Status;

/// Why bookings did not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is a booking of this hold already.
    #[error("the hold has made a booking already: {0}")]
    HoldUsed(BookingId),
    /// The user is gone, or about to be.
    #[error("user {0} is gone, or is being deleted")]
    CustomerGone(UserId),
    /// Whether the user is gone is not known yet; the message is tried again.
    #[error("user {0} is being deleted")]
    CustomerRetired(UserId),
    /// There is no such booking, or it is another's.
    #[error("there is no booking {0}")]
    NotFound(BookingId),
    /// It has ended otherwise.
    #[error("the booking is {}", .0.word())]
    NotCancellable(Status),
    /// The message came before what it follows from; it is tried again.
    #[error("too early: booking {0} is not known yet")]
    TooEarly(BookingId),
    /// The lines have no total, or their prices are none of their currency.
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

/// Who asks has no profile.
pub const PROFILE_MISSING: Code = Code {
    code: "profile-missing",
    status: 409,
    title: "Profile missing",
    about: "The token belongs to nobody who is known here, or to somebody who is being deleted. Make a profile with `PUT /api/v1/users/me`, then repeat the \
            request. An operator who books for somebody names them with `userId`.",
};
/// The booking has ended otherwise.
pub const NOT_CANCELLABLE: Code = Code {
    code: "not-cancellable",
    status: 409,
    title: "Not cancellable",
    about: "The booking has failed or expired: there is nothing to cancel. What was paid for it is given back by itself.",
};
/// The hold has made a booking.
pub const HOLD_USED: Code = Code {
    code: "hold-used",
    status: 409,
    title: "The hold has made a booking",
    about: "A hold makes one booking, once. The booking has the id of the hold.",
};
/// A payment token that nobody knows.
pub const UNKNOWN_PAYMENT_TOKEN: Code = Code {
    code: "unknown-payment-token",
    status: 400,
    title: "Unknown payment token",
    about: "The payment provider does not know the `paymentToken`. Get one from the provider, or leave it out while \
            payments are simulated.",
};
/// Something that looks like a card number.
pub const CARD_DATA_REFUSED: Code = Code {
    code: "card-data-refused",
    status: 400,
    title: "Card data refused",
    about: "A text of the body looks like a card number. Card data belongs to the payment provider alone: send the token \
            that it gives for the card. Nothing of the body was kept or logged.",
};

/// All codes of this service.
pub const CODES: &[&Code] =
    &[&PROFILE_MISSING, &NOT_CANCELLABLE, &HOLD_USED, &UNKNOWN_PAYMENT_TOKEN, &CARD_DATA_REFUSED];

/// The name of inventory's code for places that are not left.
pub const SOLD_OUT: &str = "sold-out";

/// A code that inventory owns and explains.
const fn inventorys(code: &'static str, status: u16, title: &'static str) -> Code {
    Code { code, status, title, about: "" }
}

/// What inventory refuses that the customer has to know, as inventory says it.
static PASSED_ON: [Code; 4] = [
    inventorys(SOLD_OUT, 409, "Sold out"),
    inventorys("not-on-sale", 409, "Not on sale"),
    inventorys("mixed-lines", 400, "Lines of several sellers"),
    inventorys("hold-over", 409, "The hold is over"),
];

/// When a neighbor that could not be asked is worth another try.
const BREATH: Duration = Duration::from_secs(1);

/// What the customer is told when a neighbor did not do what it was asked: its refusal, with code, detail and fields,
/// where the customer's request is to blame; that the outcome is open, where it is; else a fault of ours.
pub fn passed_on(error: ClientError) -> Problem {
    match error {
        ClientError::Refused { ref code, ref detail, ref errors, .. } => match known(code) {
            Some(code) => Problem { errors: errors.clone(), ..Problem::new(code, detail.clone()) },
            None => Problem::internal(error),
        },
        ClientError::Malformed { .. } => Problem::internal(error),
        open => {
            let problem = Problem::from(open);
            let retry_after = problem.retry_after.unwrap_or(BREATH);
            problem.with_retry_after(retry_after)
        }
    }
}

/// What the customer is told when a neighbor did not answer a question. Questions change nothing, so nothing was done,
/// whatever became of the request.
pub fn unanswered(error: ClientError) -> Problem {
    let (service, retry_after) = match error {
        ClientError::Unavailable { service, retry_after, .. } => (service, retry_after),
        ClientError::Unknown { service, .. } => (service, None),
        ClientError::Refused { .. } | ClientError::Malformed { .. } => return Problem::internal(error),
    };
    Problem::new(&codes::UNAVAILABLE, format!("{service} cannot be asked at present"))
        .with_retry_after(retry_after.unwrap_or(BREATH))
}

fn known(code: &str) -> Option<&'static Code> {
    PASSED_ON.iter().chain([&codes::INVALID, &codes::NOT_FOUND]).find(|known| known.code == code)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::HoldUsed(_) => &HOLD_USED,
            Refusal::NotFound(_) => &codes::NOT_FOUND,
            Refusal::NotCancellable(_) => &NOT_CANCELLABLE,
            Refusal::CustomerGone(_) => &PROFILE_MISSING,
            Refusal::TooEarly(_) | Refusal::CustomerRetired(_) | Refusal::Amount(_) => return Self::internal(refusal),
        };
        Self::new(code, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Problem {
        passed_on(ClientError::Refused {
            service: "inventory".into(),
            status,
            code: code.into(),
            detail: "2 wanted, 1 left".into(),
            errors: Vec::new(),
        })
    }

    #[test]
    fn a_refusal_of_inventory_keeps_its_code_and_detail() {
        let problem = refused(409, "sold-out");
        assert_eq!((problem.code.code, problem.code.status, &*problem.detail), ("sold-out", 409, "2 wanted, 1 left"));
        assert_eq!(refused(404, "not-found").code, &codes::NOT_FOUND);
    }

    #[test]
    fn a_refusal_that_is_not_the_customers_fault_is_a_fault_of_ours() {
        assert_eq!(refused(403, "forbidden").code, &codes::INTERNAL);
        assert_eq!(refused(409, "slug-taken").code, &codes::INTERNAL);
    }

    #[test]
    fn an_outcome_that_is_not_known_says_when_to_ask_again() {
        let silent = ClientError::Unknown { service: "inventory".into(), reason: "no answer".into() };
        let problem = passed_on(silent);
        assert_eq!((problem.code, problem.retry_after), (&codes::TIMEOUT, Some(Duration::from_secs(1))));
        let gone = ClientError::Unavailable {
            service: "inventory".into(),
            reason: "busy".into(),
            retry_after: Some(Duration::from_secs(3)),
        };
        let problem = passed_on(gone);
        assert_eq!((problem.code, problem.retry_after), (&codes::UNAVAILABLE, Some(Duration::from_secs(3))));
    }

    #[test]
    fn a_question_that_is_not_answered_has_changed_nothing() {
        let problem = unanswered(ClientError::Unknown { service: "users".into(), reason: "no answer".into() });
        assert_eq!((problem.code, problem.retry_after), (&codes::UNAVAILABLE, Some(Duration::from_secs(1))));
    }
}
