//! The closed list of what users refuses, and the code that each refusal has.

use std::time::Duration;

use boxoffice_http::{Code, Problem, codes};

/// Why users did not do what was asked. Nothing was changed. No refusal shows a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another user has the e-mail address.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// A user with the subject exists.
    #[error("there is a user with this subject already")]
    SubjectTaken,
    /// There is no such user, it is deleted, or it is another's.
    #[error("there is no user {0}")]
    NotFound(String),
    /// The token has no profile.
    #[error("this token has no profile yet: PUT /api/v1/users/me makes it")]
    NoProfile,
    /// The user was saved while it was about to be deleted.
    #[error("the user was changed while it was being deleted; repeat the request")]
    ChangedMeanwhile,
    /// There are bookings that are PENDING or CONFIRMED.
    #[error("the user has bookings that are PENDING or CONFIRMED: cancel them first")]
    BookingsExist,
    /// A customer names somebody else's subject.
    #[error("a token makes its own profile only: leave `subject` out, or send the token's own")]
    AnothersSubject,
}

/// An e-mail address that is in use.
pub const EMAIL_TAKEN: Code = Code {
    code: "email-taken",
    status: 409,
    title: "The e-mail address is taken",
    about: "Another user has this e-mail address. Upper and lower case make no difference. The address of a deleted user is free.",
};
/// A subject that has a user.
pub const SUBJECT_TAKEN: Code = Code {
    code: "subject-taken",
    status: 409,
    title: "The subject is taken",
    about: "There is a user with this subject already. The owner of the token changes the profile with `PUT /api/v1/users/me`.",
};

/// A user who cannot be deleted.
pub const BOOKINGS_EXIST: Code = Code {
    code: "bookings-exist",
    status: 409,
    title: "Bookings exist",
    about: "The user has bookings that are `PENDING` or `CONFIRMED`, and is not deleted. Cancel them, or wait until they have \
            ended otherwise, and repeat the request. Bookings that were cancelled, have failed or have expired do not \
            count: operators go on seeing them.",
};

/// All codes of this service.
pub const CODES: &[&Code] = &[&EMAIL_TAKEN, &SUBJECT_TAKEN, &BOOKINGS_EXIST];

/// When a user who was changed meanwhile is worth another try.
const BREATH: Duration = Duration::from_secs(1);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::EmailTaken => &EMAIL_TAKEN,
            Refusal::SubjectTaken => &SUBJECT_TAKEN,
            Refusal::BookingsExist => &BOOKINGS_EXIST,
            Refusal::ChangedMeanwhile => {
                return Self::new(&codes::UNAVAILABLE, refusal.to_string()).with_retry_after(BREATH);
            }
            Refusal::NotFound(_) | Refusal::NoProfile => &codes::NOT_FOUND,
            Refusal::AnothersSubject => &codes::FORBIDDEN,
        };
        Self::new(code, refusal.to_string())
    }
}
