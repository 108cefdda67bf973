//! Client of the users service, for the services that act on behalf of users.
//!
//! - [`UsersClient`]: looks up the user of a token.
//! - [`Visibility`]: the users whose data a caller may see. Every read of a user's data checks it.

mod visibility;

use std::time::Duration;

use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_http::{
    Problem,
    client::{ClientError, ServiceClient, path_segment},
    extract::Caller,
};
use moka::sync::Cache;
use serde::Deserialize;

pub use visibility::Visibility;

/// Lifetime of a cached user id. The id of a subject changes only when an operator moves the subject to another user, or
/// when the user is deleted.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// Maximum number of cached user ids.
const MAX_CACHED: u64 = 100_000;

/// Looks up the user of a token at the users service. Cheap to clone; clones share the cache.
#[derive(Clone)]
pub struct UsersClient {
    users: ServiceClient,
    cache: Cache<String, UserId>,
}

#[derive(Deserialize)]
struct Found {
    id: UserId,
}

impl UsersClient {
    /// A client that sends its requests through `users`, with an empty cache.
    pub fn new(users: ServiceClient) -> Self {
        let cache = Cache::builder().max_capacity(MAX_CACHED).time_to_live(CACHE_TTL).build();
        Self { users, cache }
    }

    /// The user whose tokens have this subject, from the cache or the users service; `None` when no user has the subject,
    /// which is not cached.
    ///
    /// # Errors
    /// The users service is unavailable or does not respond in time.
    pub async fn user_id(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        match self.cache.get(subject) {
            Some(id) => Ok(Some(id)),
            None => self.current_user_id(subject, origin).await,
        }
    }

    /// Like [`UsersClient::user_id`], but without the cache: for a change on behalf of a user who may have been deleted
    /// within the last minute.
    ///
    /// # Errors
    /// As [`UsersClient::user_id`].
    pub async fn current_user_id(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        let path = format!("/internal/users/by-subject/{}", path_segment(subject));
        let Found { id } = match self.users.get(&path, origin).await {
            Ok(response) => response.json()?,
            Err(ClientError::Refused { status: 404, .. }) => {
                self.cache.invalidate(subject);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.cache.insert(subject.to_owned(), id);
        Ok(Some(id))
    }

    /// The visibility of the caller. Calls the users service unless the caller is an operator or cached.
    ///
    /// # Errors
    /// As [`Visibility::of`]; 503 or 504 if the users service is unavailable or does not respond in time.
    pub async fn visibility(&self, caller: &Caller) -> Result<Visibility, Problem> {
        Visibility::of(caller, self.user_id(caller.subject(), &caller.origin)).await
    }
}
