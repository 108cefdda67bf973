//! Client of the users service, for the services that act on behalf of users.
//!
//! - [`UsersClient`]: looks up the user of a token.
//! - [`Visibility`]: which users' data a caller may see; every list and every single row of a user's data obeys it.

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

/// How long a user id found for a subject is cached. The answer changes only when an operator gives the subject to
/// another user, or when the user is deleted.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// The number of subjects whose user id is cached.
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
    /// Sends its requests through `users`, a client of the users service.
    pub fn new(users: ServiceClient) -> Self {
        let cache = Cache::builder().max_capacity(MAX_CACHED).time_to_live(CACHE_TTL).build();
        Self { users, cache }
    }

    /// The user whose tokens have this subject, from the cache or the users service; `None` when no user has the subject,
    /// which is not cached.
    ///
    /// # Errors
    /// When the users service cannot be asked.
    pub async fn user_id(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, ClientError> {
        match self.cache.get(subject) {
            Some(id) => Ok(Some(id)),
            None => self.current_user_id(subject, origin).await,
        }
    }

    /// As [`UsersClient::user_id`], always asking the users service: for a change on behalf of a user who may have been
    /// deleted within the last minute.
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

    /// Which users' data the caller may see; asks the users service unless the caller is an operator or cached.
    ///
    /// # Errors
    /// As [`Visibility::of`]; 503 or 504 when the users service cannot be asked.
    pub async fn visibility(&self, caller: &Caller) -> Result<Visibility, Problem> {
        Visibility::of(caller, self.user_id(caller.subject(), &caller.origin)).await
    }
}
