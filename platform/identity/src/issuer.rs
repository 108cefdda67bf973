use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_clock::{Clock, Entropy, Timestamp};
use jsonwebtoken::{EncodingKey, Header, encode, jwk::JwkSet};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::{
    Credential, IdentityError, KeyInfo, KeysRefused, Scope, Scopes, Verifier,
    claims::{AUDIENCE, Written},
    endpoints, files,
    keys::{self, Keys},
};

/// The built-in issuer of tokens, with signing keys and one OAuth client that can get every scope. Cheap to clone.
///
/// Its folder contains `keys.pem` (PKCS#8; the first key signs, all are published until they end), `client.json` and
/// `issuer`. Only the owner can read these files.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    url: String,
    client: Client,
    client_file: PathBuf,
    keys_file: PathBuf,
    signing: RwLock<Signing>,
    /// Serializes changes of the keys, including the write of their file.
    changing: Mutex<()>,
    clock: Clock,
    entropy: Entropy,
    verifier: Verifier,
}

/// The keys, with the signing key in the form that the token library needs.
struct Signing {
    keys: Keys,
    active: EncodingKey,
    header: Header,
    /// Number of changes of the keys since the start.
    changes: u64,
}

impl Signing {
    fn of(keys: Keys, changes: u64) -> Self {
        let mut header = Header::new(keys::ALGORITHM);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(keys.active_id().to_owned());
        Self { active: keys.active(), header, keys, changes }
    }
}

/// The OAuth client of the issuer, as stored in `client.json`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Client {
    pub client_id: String,
    pub client_secret: String,
}

impl Issuer {
    /// Opens the issuer in `folder`. The first start creates the folder, the key and the client, and stores `url` as the
    /// issuer URL. Later starts read them and ignore `url`.
    ///
    /// # Errors
    /// A file cannot be read or written or is damaged, or `url` is not an http or https URL.
    pub fn open(folder: &Path, url: &str, clock: Clock, entropy: Entropy) -> Result<Self, IdentityError> {
        fs::create_dir_all(folder).map_err(|source| IdentityError::File { path: folder.to_owned(), source })?;
        let url = checked(url)?;
        let url = checked(&files::read_or_create(&folder.join("issuer"), || format!("{url}\n"))?)?;
        let keys_file = folder.join("keys.pem");
        let keys = keys::open(&keys_file, clock.now(), &entropy)?;
        let client_file = folder.join("client.json");
        let client = files::read_or_create(&client_file, || new_client(&entropy))?;
        let client = serde_json::from_str(&client)
            .map_err(|error| IdentityError::Content { path: client_file.clone(), reason: error.to_string() })?;
        let verifier = Verifier::new(&url, keys.ends(), clock.clone());
        let (signing, changing) = (RwLock::new(Signing::of(keys, 0)), Mutex::new(()));
        Ok(Self(Arc::new(Inner { url, client, client_file, keys_file, signing, changing, clock, entropy, verifier })))
    }

    /// Opens an existing issuer; creates no files.
    ///
    /// # Errors
    /// A file is missing, cannot be read or is damaged.
    pub fn open_existing(folder: &Path, clock: Clock, entropy: Entropy) -> Result<Self, IdentityError> {
        for name in ["keys.pem", "client.json"] {
            let path = folder.join(name);
            fs::metadata(&path).map_err(|source| IdentityError::File { path, source })?;
        }
        let path = folder.join("issuer");
        let url = fs::read_to_string(&path).map_err(|source| IdentityError::File { path, source })?;
        Self::open(folder, &url, clock, entropy)
    }

    /// Checks that `url` can be an issuer URL.
    ///
    /// # Errors
    /// [`IdentityError::IssuerUrl`] if it cannot.
    pub fn check_url(url: &str) -> Result<(), IdentityError> {
        checked(url).map(drop)
    }

    /// Issues a signed access token for `subject`, valid from now for `ttl`, rounded up to whole seconds. A verifier accepts
    /// subjects of 1 to 255 characters without control characters.
    pub fn token(&self, subject: &str, scopes: Scopes, ttl: Duration) -> String {
        let inner = &*self.0;
        let now = inner.clock.now();
        let claims = Written {
            iss: &inner.url,
            sub: subject,
            aud: AUDIENCE,
            client_id: &inner.client.client_id,
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.plus(ttl).plus(Duration::from_micros(999_999)).seconds(),
            jti: inner.entropy.uuid(now).to_string(),
            scope: scopes.to_string(),
        };
        let signing = inner.signing.read();
        encode(&signing.header, &claims, &signing.active)
            .expect("the key was read as an Ed25519 key when it was opened")
    }

    /// The accepted keys; the first one signs.
    pub fn keys(&self) -> Vec<KeyInfo> {
        self.0.signing.read().keys.infos(self.0.clock.now())
    }

    /// Replaces the signing key with a new one. Tokens of earlier keys stay valid for `overlap`, or until they expire.
    /// Blocks while it writes the file; the change is durable when this returns.
    ///
    /// # Errors
    /// Too many keys, or the file cannot be written. The keys are unchanged then.
    pub fn rotate(&self, overlap: Duration) -> Result<Vec<KeyInfo>, KeysRefused> {
        self.change(|keys, now| keys.rotated(overlap, now, &self.0.entropy))
    }

    /// Removes the key `id`: tokens that it signed are refused from now on. If it was the signing key, a new one replaces
    /// it. Blocks like [`Issuer::rotate`].
    ///
    /// # Errors
    /// The key is unknown, or it is in use and `force` is not set, or the file cannot be written. The keys are unchanged
    /// then.
    pub fn retire(&self, id: &str, force: bool) -> Result<Vec<KeyInfo>, KeysRefused> {
        self.change(|keys, now| {
            let is_in_use = keys.infos(now).iter().any(|key| key.id == id);
            if is_in_use && !force { Err(KeysRefused::InUse) } else { keys.without(id, now, &self.0.entropy) }
        })
    }

    fn change(
        &self,
        change: impl FnOnce(&Keys, Timestamp) -> Result<Keys, KeysRefused>,
    ) -> Result<Vec<KeyInfo>, KeysRefused> {
        let inner = &*self.0;
        let _one_at_a_time = inner.changing.lock();
        let now = inner.clock.now();
        let (keys, before, changes) = {
            let signing = inner.signing.read();
            (change(&signing.keys, now)?, signing.keys.clone(), signing.changes)
        };
        // The verifier accepts the new keys before the file is written: another process may read it and sign immediately.
        inner.verifier.replace(before.ends().chain(keys.ends()));
        if let Err(error) = files::write(&inner.keys_file, &keys.to_pem()) {
            inner.verifier.replace(before.ends());
            return Err(KeysRefused::Unwritable(format!("{}: {error}", inner.keys_file.display())));
        }
        *inner.signing.write() = Signing::of(keys.clone(), changes + 1);
        inner.verifier.replace(keys.ends());
        Ok(keys.infos(now))
    }

    /// The issuer URL, which tokens contain as `iss`, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The file with the id and the secret of the OAuth client.
    pub fn client_file(&self) -> &Path {
        &self.0.client_file
    }

    /// The endpoints: `POST /oauth2/token`, `GET /.well-known/openid-configuration` and `GET /.well-known/jwks.json`.
    pub fn router(&self) -> Router {
        endpoints::router(self.clone())
    }

    /// A verifier for the tokens of this issuer. All verifiers of one issuer share their cache.
    pub fn verifier(&self) -> Verifier {
        self.0.verifier.clone()
    }

    /// The credential of the service of this name: its subject is `service:NAME`, its scope `operator`.
    pub fn credential(&self, service: &str) -> Credential {
        Credential::new(self.clone(), format!("service:{service}"), Scope::Operator.into())
    }

    /// The credential that the gateway sends for a request without a token: its subject is `anonymous`, without scopes.
    pub fn anonymous(&self) -> Credential {
        Credential::new(self.clone(), "anonymous".to_owned(), Scopes::NONE)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn published_keys(&self) -> JwkSet {
        self.0.signing.read().keys.published(self.0.clock.now())
    }

    /// Number of changes of the keys since the start. A token issued before a change may no longer be valid.
    pub(crate) fn changes(&self) -> u64 {
        self.0.signing.read().changes
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

/// Validates an issuer URL and removes trailing slashes, since issuers are compared character by character.
fn checked(url: &str) -> Result<String, IdentityError> {
    let url = url.trim().trim_end_matches('/');
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && url.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"\\<>".contains(&b)) => {
            Ok(url.to_owned())
        }
        _ => Err(IdentityError::IssuerUrl(url.to_owned())),
    }
}

fn new_client(entropy: &Entropy) -> String {
    let mut secret = [0; 32];
    entropy.fill(&mut secret);
    // Only letters, digits, `-` and `_`, which need no escaping in a header, a form or a shell.
    let client = Client { client_id: "boxoffice".to_owned(), client_secret: URL_SAFE_NO_PAD.encode(secret) };
    let text = serde_json::to_string_pretty(&client).expect("two strings are JSON");
    format!("{text}\n")
}
