//! A user is deleted in two steps, in two services: bookings sees to it that nothing is booked for the user any more, and
//! then the user goes. What stops half way is undone when the user is saved again, and finished when the deletion is
//! repeated; where neither happens, bookings asks after a while.

use axum::http::StatusCode;
use boxoffice_http::{
    Problem,
    extract::{Caller, IfMatch},
};
use boxoffice_writer::{ConditionalRefused, Failure};

use super::{App, by_id};
use crate::{
    commands::{DeleteUser, KeepUser},
    error::Refusal,
    neighbours::Leave,
    store::User,
};

/// How often a deletion is begun again when the user is saved meanwhile.
const TRIES: usize = 3;

impl App {
    /// Deletes `user`, whom the caller may delete, as the client has seen it.
    pub(super) async fn delete(
        &self,
        caller: &Caller,
        IfMatch(expected): IfMatch,
        mut user: User,
    ) -> Result<StatusCode, Problem> {
        for _ in 0..TRIES {
            let User { id, version, .. } = user;
            if !expected.matches(Some(version)) {
                return Err(ConditionalRefused::<Refusal>::Changed(Some(version)).into());
            }
            let Leave { has_bookings, retired } = self.bookings.retire(id, version, &caller.origin).await?;
            if has_bookings {
                if retired {
                    self.writer.run(caller.origin.clone(), KeepUser { id, version }).await?;
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
