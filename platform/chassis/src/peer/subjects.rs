use std::time::Duration;

use boxoffice_envelope::Origin;
use moka::sync::Cache;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Peer, PeerError, segment};

/// How long it is believed whose a token is. The answer changes only when an operator gives a subject to
/// somebody else, or when a user is deleted.
const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// Whose tokens are remembered.
const REMEMBERED: u64 = 100_000;

/// Whose a token is: asked of the service that knows people, and remembered for a minute. Cheap to clone; clones share
/// what they remember.
#[derive(Clone)]
pub struct Subjects<Id: Clone + Send + Sync + 'static> {
    people: Peer,
    known: Cache<String, Id>,
}

#[derive(Deserialize)]
struct Found<Id> {
    id: Id,
}

impl<Id: Clone + DeserializeOwned + Send + Sync + 'static> Subjects<Id> {
    /// Asks `people`, which answers `/internal/users/by-subject/{subject}`.
    pub fn of(people: Peer) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED).time_to_live(BELIEVED_FOR).build();
        Self { people, known }
    }

    /// The user whose tokens have this subject; none when nobody has a profile under it, which is not remembered.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub async fn user(&self, subject: &str, origin: &Origin) -> Result<Option<Id>, PeerError> {
        match self.known.get(subject) {
            Some(known) => Ok(Some(known)),
            None => self.user_at_present(subject, origin).await,
        }
    }

    /// The same without believing what was answered before: for what is to be done for a user who may just have been
    /// deleted.
    ///
    /// # Errors
    /// As [`Subjects::user`].
    pub async fn user_at_present(&self, subject: &str, origin: &Origin) -> Result<Option<Id>, PeerError> {
        let path = format!("/internal/users/by-subject/{}", segment(subject));
        let Found { id }: Found<Id> = match self.people.get(&path, origin).await {
            Ok(answer) => answer.json()?,
            Err(PeerError::Refused { status: 404, .. }) => {
                self.known.invalidate(subject);
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.known.insert(subject.to_owned(), id.clone());
        Ok(Some(id))
    }
}
