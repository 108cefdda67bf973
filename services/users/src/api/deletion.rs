//! The deletion of a user takes two steps in two services: bookings stops accepting bookings of the user, then the user is
//! deleted. An interrupted deletion is finished when the request is repeated and undone when the user is saved again;
//! otherwise bookings aborts it after a while.

use axum::http::StatusCode;
use boxoffice_http::{
    Problem,
    extract::{Caller, IfMatch},
};
use boxoffice_writer::{ConditionalRefused, Failure};

use super::{App, by_id};
use crate::{
    clients::RetireResponse,
    commands::{AbortDeletion, DeleteUser},
    error::Refusal,
    store::User,
};

/// Maximum number of attempts of a deletion, which starts over if the user is saved in the meantime.
const MAX_ATTEMPTS: usize = 3;

impl App {
    /// Deletes `user`, which the caller may delete, if its version is the one that the client expects.
    pub(super) async fn delete(
        &self,
        caller: &Caller,
        IfMatch(expected): IfMatch,
        mut user: User,
    ) -> Result<StatusCode, Problem> {
        for _ in 0..MAX_ATTEMPTS {
            let User { id, version, .. } = user;
            if !expected.matches(Some(version)) {
                return Err(ConditionalRefused::<Refusal>::Changed(Some(version)).into());
            }
            let RetireResponse { has_bookings, retired } = self.bookings.retire(id, version, &caller.origin).await?;
            if has_bookings {
                if retired {
                    self.writer.run(caller.origin.clone(), AbortDeletion { id, version }).await?;
                }
                return Err(Refusal::BookingsExist.into());
            }
            match self.writer.run(caller.origin.clone(), DeleteUser { id, version }).await {
                Err(Failure::Refused(Refusal::ChangedMeanwhile)) => user = by_id(self, id).await?,
                outcome => return Ok(outcome.map(|()| StatusCode::NO_CONTENT)?),
            }
        }
        Err(Refusal::ChangedMeanwhile.into())
    }
}
