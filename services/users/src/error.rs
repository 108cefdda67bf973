//! The refusals of users and their error codes.

use std::time::Duration;

use boxoffice_http::{Code, Problem, codes};

/// The refusal of a command. A refused command changes nothing. No refusal contains a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another user has the e-mail address.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// A user with the subject exists.
    #[error("another user has this subject")]
    SubjectTaken,
    /// The user does not exist, is deleted, or is not visible to the caller.
    #[error("the user {0} does not exist")]
    NotFound(String),
    /// No user has the subject of the token.
    #[error("this token has no profile yet: create it with PUT /api/v1/users/me")]
    NoProfile,
    /// The user was saved while the deletion was under way.
    #[error("the user was changed while it was being deleted; repeat the request")]
    ChangedMeanwhile,
    /// The user has bookings that are `PENDING` or `CONFIRMED`.
    #[error("the user has bookings that are PENDING or CONFIRMED: cancel them first")]
    BookingsExist,
    /// A customer sets the subject of another token.
    #[error("a customer can only create their own profile: leave `subject` out, or set it to the subject of the token")]
    AnothersSubject,
}

/// The e-mail address belongs to another user.
pub const EMAIL_TAKEN: Code = Code {
    code: "email-taken",
    status: 409,
    title: "The e-mail address is taken",
    about: "Another user has this e-mail address. Upper and lower case make no difference. The address of a deleted user\n\
            can be used again. Send another address.",
};

/// The subject belongs to another user.
pub const SUBJECT_TAKEN: Code = Code {
    code: "subject-taken",
    status: 409,
    title: "The subject is taken",
    about: "Another user has this subject. The owner of the token changes the profile with `PUT /api/v1/users/me`.",
};

/// The user cannot be deleted while bookings are open.
pub const BOOKINGS_EXIST: Code = Code {
    code: "bookings-exist",
    status: 409,
    title: "Bookings exist",
    about: "The user has bookings that are `PENDING` or `CONFIRMED`, and is not deleted. Cancel them, or wait until they \
            end, then repeat the request. Cancelled, failed and expired bookings do not prevent the deletion and stay \
            visible to operators.",
};

/// All codes of this service.
pub const CODES: &[&Code] = &[&EMAIL_TAKEN, &SUBJECT_TAKEN, &BOOKINGS_EXIST];

/// The `Retry-After` of a deletion that met a concurrent change.
const RETRY_DELAY: Duration = Duration::from_secs(1);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::EmailTaken => &EMAIL_TAKEN,
            Refusal::SubjectTaken => &SUBJECT_TAKEN,
            Refusal::BookingsExist => &BOOKINGS_EXIST,
            Refusal::ChangedMeanwhile => {
                return Self::new(&codes::UNAVAILABLE, refusal.to_string()).with_retry_after(RETRY_DELAY);
            }
            Refusal::NotFound(_) | Refusal::NoProfile => &codes::NOT_FOUND,
            Refusal::AnothersSubject => &codes::FORBIDDEN,
        };
        Self::new(code, refusal.to_string())
    }
}
