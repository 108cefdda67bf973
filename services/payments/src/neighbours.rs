//! Questions to other services, asked outside any batch.

use std::time::Duration;

use boxoffice_chassis::peer::{Peer, PeerError, Peers};
use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_identity::Credential;
use moka::sync::Cache;
use serde::Deserialize;

/// How long it is believed whose a token is. The answer changes only when an operator gives a subject to somebody else.
const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// Whose tokens are remembered.
const REMEMBERED: u64 = 100_000;

/// The service that knows people. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Users {
    peer: Peer,
    of_subject: Cache<String, UserId>,
}

#[derive(Deserialize)]
struct Found {
    id: UserId,
}

impl Users {
    /// Asks with `credential`.
    pub fn new(peers: &Peers, credential: Credential) -> Self {
        let of_subject = Cache::builder().max_capacity(REMEMBERED).time_to_live(BELIEVED_FOR).build();
        Self { peer: peers.to("users", credential), of_subject }
    }

    /// The user whose tokens have this subject; none when nobody has a profile under it.
    pub async fn of_subject(&self, subject: &str, origin: &Origin) -> Result<Option<UserId>, PeerError> {
        if let Some(known) = self.of_subject.get(subject) {
            return Ok(Some(known));
        }
        let path = format!("/internal/users/by-subject/{}", segment(subject));
        let Found { id } = match self.peer.get(&path, origin).await {
            Ok(answer) => answer.json()?,
            Err(PeerError::Refused { status: 404, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.of_subject.insert(subject.to_owned(), id);
        Ok(Some(id))
    }
}

/// `text` as one segment of a path (RFC 3986).
fn segment(text: &str) -> String {
    // What is made for forms differs from that in one character.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
