//! `keys`: what tokens are signed with, on a running or a stopped system.

use boxoffice_identity::KeysRefused;
use boxoffice_operator::{RotateKeysRequest, SigningKey};

use crate::{
    cli::Keys,
    client::{Reached, reach},
    token,
};

/// Does what was asked, and prints the keys that are known then.
pub fn keys(what: &Keys) -> anyhow::Result<()> {
    let keys = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(changed(what))?;
    for SigningKey { id, algorithm, signs, created_at, accepted_until } in keys {
        let use_of_it = match accepted_until {
            _ if signs => "signs".to_owned(),
            Some(until) => format!("known until {until}"),
            None => "known".to_owned(),
        };
        println!("{id}  {algorithm}  made {created_at}  {use_of_it}");
    }
    Ok(())
}

async fn changed(what: &Keys) -> anyhow::Result<Vec<SigningKey>> {
    let (Keys::List { data } | Keys::Rotate { data, .. } | Keys::Retire { data, .. }) = what;
    let data = &data.data;
    // Held as long as the keys are changed: whoever starts meanwhile reads the keys of before or those of after.
    match (reach(data).await?, what) {
        (Reached::Running(client), Keys::List { .. }) => client.get("/api/v1/keys").await,
        (Reached::Running(client), Keys::Rotate { overlap, .. }) => {
            client.post("/api/v1/keys/rotations", &RotateKeysRequest { overlap_seconds: overlap.as_secs() }).await
        }
        (Reached::Running(client), Keys::Retire { id, force, .. }) => {
            let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
            client.remove(&format!("/api/v1/keys/{id}?force={force}")).await
        }
        (Reached::Stopped(_folder), what) => {
            let issuer = token::issuer(data)?;
            let keys: Result<_, KeysRefused> = match what {
                Keys::List { .. } => Ok(issuer.keys()),
                Keys::Rotate { overlap, .. } => issuer.rotate(*overlap),
                Keys::Retire { id, force, .. } => issuer.retire(id, *force),
            };
            Ok(keys?.into_iter().map(SigningKey::from).collect())
        }
    }
}
