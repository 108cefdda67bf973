//! Questions to other services, asked outside any batch.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use boxoffice_chassis::{Peer, PeerError, Peers};
use boxoffice_contracts::UserId;
use boxoffice_envelope::Origin;
use boxoffice_identity::Credential;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::domain::Recipient;

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

#[derive(Serialize)]
struct Recipients<'a> {
    ids: &'a BTreeSet<UserId>,
}

#[derive(Deserialize)]
struct Address {
    id: UserId,
    name: String,
    email: String,
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

    /// Where mail to each of `ids` goes, at most 500 of them. Who is unknown or deleted is missing.
    pub async fn recipients(
        &self,
        ids: &BTreeSet<UserId>,
        origin: &Origin,
    ) -> Result<HashMap<UserId, Recipient>, PeerError> {
        let answer = self.peer.post("/internal/addresses", origin, &Recipients { ids }).await?;
        let addresses: Vec<Address> = answer.json()?;
        Ok(addresses.into_iter().map(|Address { id, name, email }| (id, Recipient { name, email })).collect())
    }
}

/// `text` as one segment of a path (RFC 3986).
fn segment(text: &str) -> String {
    // What is made for forms differs from that in one character.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_segment_of_a_path_whatever_is_in_it() {
        assert_eq!(segment("ada"), "ada");
        assert_eq!(segment("auth0|a/b c+d?é"), "auth0%7Ca%2Fb%20c%2Bd%3F%C3%A9");
    }
}
