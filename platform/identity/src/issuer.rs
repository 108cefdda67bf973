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
    Credential, IdentityError, KeyChangeRefused, KeyInfo, Scope, Scopes, Verifier,
    claims::{AUDIENCE, Written},
    endpoints, files,
    keys::{self, Keys},
};

/// The built-in token issuer, with one client that has all scopes. Cheap to clone.
///
/// Its folder contains `keys.pem` (PKCS#8; the first key signs, all are published until they expire), `client.json` and
/// `issuer`. All files are readable only by their owner.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    url: String,
    client: Client,
    client_file: PathBuf,
    keys_file: PathBuf,
    signing: RwLock<Signing>,
    /// Serializes changes of the keys, including the write to their file.
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
    /// Number of key changes since the start.
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

/// The content of `client.json`: the only client of the issuer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Client {
    pub client_id: String,
    pub client_secret: String,
}

impl Issuer {
    /// Opens the issuer in `folder`. The first start creates the folder, a key and the client, and stores `url` as the issuer
    /// identifier; later starts use the stored one and ignore `url`.
    ///
    /// # Errors
    /// When a file cannot be read or written or has invalid content, or `url` is not an http or https URL.
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

    /// Opens an existing issuer without creating any file.
    ///
    /// # Errors
    /// When a file is missing, cannot be read or has invalid content.
    pub fn open_existing(folder: &Path, clock: Clock, entropy: Entropy) -> Result<Self, IdentityError> {
        for name in ["keys.pem", "client.json"] {
            let path = folder.join(name);
            fs::metadata(&path).map_err(|source| IdentityError::File { path, source })?;
        }
        let path = folder.join("issuer");
        let url = fs::read_to_string(&path).map_err(|source| IdentityError::File { path, source })?;
        Self::open(folder, &url, clock, entropy)
    }

    /// Checks that `url` is a valid issuer identifier.
    ///
    /// # Errors
    /// [`IdentityError::IssuerUrl`] if it is not.
    pub fn check_url(url: &str) -> Result<(), IdentityError> {
        checked(url).map(drop)
    }

    /// A signed access token for `subject`, valid from now for `ttl`, rounded up to whole seconds. Verifiers accept subjects
    /// of 1 to 255 characters without control characters.
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
        encode(&signing.header, &claims, &signing.active).expect("opening checked that the key is an Ed25519 key")
    }

    /// The valid keys, the signing key first.
    pub fn keys(&self) -> Vec<KeyInfo> {
        self.0.signing.read().keys.infos(self.0.clock.now())
    }

    /// Creates a new signing key. Tokens of the earlier keys stay valid for `overlap`, or until they expire. Blocks until the
    /// change is durable.
    ///
    /// # Errors
    /// When too many keys exist, or the file cannot be written; then nothing changes.
    pub fn rotate(&self, overlap: Duration) -> Result<Vec<KeyInfo>, KeyChangeRefused> {
        self.change(|keys, now| keys.rotated(overlap, now, &self.0.entropy))
    }

    /// Removes the key `id` and invalidates the tokens that it signed. If it is the signing key, a new one replaces it. Blocks
    /// until the change is durable.
    ///
    /// # Errors
    /// When the key is unknown, when it is in use and `force` is false, or when the file cannot be written; then nothing
    /// changes.
    pub fn retire(&self, id: &str, force: bool) -> Result<Vec<KeyInfo>, KeyChangeRefused> {
        self.change(|keys, now| {
            let is_in_use = keys.infos(now).iter().any(|key| key.id == id);
            if is_in_use && !force { Err(KeyChangeRefused::InUse) } else { keys.without(id, now, &self.0.entropy) }
        })
    }

    fn change(
        &self,
        made: impl FnOnce(&Keys, Timestamp) -> Result<Keys, KeyChangeRefused>,
    ) -> Result<Vec<KeyInfo>, KeyChangeRefused> {
        let inner = &*self.0;
        let _one_at_a_time = inner.changing.lock();
        let now = inner.clock.now();
        let (keys, before, changes) = {
            let signing = inner.signing.read();
            (made(&signing.keys, now)?, signing.keys.clone(), signing.changes)
        };
        // Before the file is written: a process that reads the file signs with a key that this verifier knows already.
        inner.verifier.replace(before.ends().chain(keys.ends()));
        if let Err(error) = files::write(&inner.keys_file, &keys.to_pem()) {
            inner.verifier.replace(before.ends());
            return Err(KeyChangeRefused::Unwritable(format!("{}: {error}", inner.keys_file.display())));
        }
        *inner.signing.write() = Signing::of(keys.clone(), changes + 1);
        inner.verifier.replace(keys.ends());
        Ok(keys.infos(now))
    }

    /// The issuer identifier, the claim `iss` of its tokens: a URL without a slash at the end.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Path of the file with the id and the secret of the client.
    pub fn client_file(&self) -> &Path {
        &self.0.client_file
    }

    /// The endpoints: `POST /oauth2/token`, `GET /.well-known/openid-configuration` and `GET /.well-known/jwks.json`.
    pub fn router(&self) -> Router {
        endpoints::router(self.clone())
    }

    /// A verifier of the tokens of this issuer. All of them share one cache.
    pub fn verifier(&self) -> Verifier {
        self.0.verifier.clone()
    }

    /// The credential of a service for calls to other services: subject `service:NAME`, scope `operator`.
    pub fn credential(&self, service: &str) -> Credential {
        Credential::new(self.clone(), format!("service:{service}"), Scope::Operator.into())
    }

    /// The credential for requests without a token: subject `anonymous`, no scope.
    pub fn anonymous(&self) -> Credential {
        Credential::new(self.clone(), "anonymous".to_owned(), Scopes::NONE)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn published_keys(&self) -> JwkSet {
        self.0.signing.read().keys.published(self.0.clock.now())
    }

    /// Number of key changes since the start. A token from before a change may be invalid.
    pub(crate) fn changes(&self) -> u64 {
        self.0.signing.read().changes
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

/// Normalizes an issuer identifier, which verifiers compare exactly: removes the slash at the end.
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
    // Base64url: the secret needs no escapes in a header, a form or a shell.
    let client = Client { client_id: "boxoffice".to_owned(), client_secret: URL_SAFE_NO_PAD.encode(secret) };
    let text = serde_json::to_string_pretty(&client).expect("two strings are JSON");
    format!("{text}\n")
}
