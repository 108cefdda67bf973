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

/// The built-in issuer of tokens: one client, which may do everything, and the keys that sign. Cheap to clone.
///
/// Its folder holds `keys.pem` (PKCS#8; the first key signs, all are published until their end), `client.json` and
/// `issuer`, all readable by their owner alone.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    url: String,
    client: Client,
    client_file: PathBuf,
    keys_file: PathBuf,
    signing: RwLock<Signing>,
    /// Held by whoever changes the keys, while their file is written.
    changing: Mutex<()>,
    clock: Clock,
    entropy: Entropy,
    verifier: Verifier,
}

/// The keys, and the one that signs as its library has it.
struct Signing {
    keys: Keys,
    active: EncodingKey,
    header: Header,
    /// How often the keys have changed since the start.
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

/// The one client of the issuer, as its file has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Client {
    pub client_id: String,
    pub client_secret: String,
}

impl Issuer {
    /// Opens the issuer that lives in `folder`. The first start makes the folder, the key and the client, and fixes
    /// `url` as the issuer's name; a later start keeps what it finds, and `url` has no say any more.
    ///
    /// # Errors
    /// When a file cannot be read or written or does not hold what it should, or `url` is no http or https URL.
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

    /// As [`Issuer::open`], of an issuer that has been opened before: makes nothing.
    ///
    /// # Errors
    /// When a file is missing, cannot be read or does not hold what it should.
    pub fn open_existing(folder: &Path, clock: Clock, entropy: Entropy) -> Result<Self, IdentityError> {
        for name in ["keys.pem", "client.json"] {
            let path = folder.join(name);
            fs::metadata(&path).map_err(|source| IdentityError::File { path, source })?;
        }
        let path = folder.join("issuer");
        let url = fs::read_to_string(&path).map_err(|source| IdentityError::File { path, source })?;
        Self::open(folder, &url, clock, entropy)
    }

    /// Whether `url` is fit to be an issuer's name.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check_url(url: &str) -> Result<(), IdentityError> {
        checked(url).map(drop)
    }

    /// A signed access token for `subject`, valid from this second on for `ttl`, rounded up to whole seconds.
    /// A verifier accepts subjects of 1 to 255 characters, none of them a control character.
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

    /// The keys that are known, the one that signs first.
    pub fn keys(&self) -> Vec<KeyInfo> {
        self.0.signing.read().keys.infos(self.0.clock.now())
    }

    /// A fresh key signs from here on. Those before it are known for `overlap` more: the tokens that they have signed stay
    /// good until then, or until their own end. Blocks while the file is written, and is durable when it returns.
    ///
    /// # Errors
    /// Too many keys, or a file that cannot be written; nothing has changed then.
    pub fn rotate(&self, overlap: Duration) -> Result<Vec<KeyInfo>, KeysRefused> {
        self.change(|keys, now| keys.rotated(overlap, now, &self.0.entropy))
    }

    /// The key `id` is not known from here on, nor are the tokens that it has signed. Should it be the one that signs, a
    /// fresh one does. Blocks as [`Issuer::rotate`].
    ///
    /// # Errors
    /// An unknown key; without `force` one that is in use; a file that cannot be written. Nothing has changed then.
    pub fn retire(&self, id: &str, force: bool) -> Result<Vec<KeyInfo>, KeysRefused> {
        self.change(|keys, now| {
            let is_in_use = keys.infos(now).iter().any(|key| key.id == id);
            if is_in_use && !force { Err(KeysRefused::InUse) } else { keys.without(id, now, &self.0.entropy) }
        })
    }

    fn change(
        &self,
        made: impl FnOnce(&Keys, Timestamp) -> Result<Keys, KeysRefused>,
    ) -> Result<Vec<KeyInfo>, KeysRefused> {
        let inner = &*self.0;
        let _one_at_a_time = inner.changing.lock();
        let now = inner.clock.now();
        let (keys, before, changes) = {
            let signing = inner.signing.read();
            (made(&signing.keys, now)?, signing.keys.clone(), signing.changes)
        };
        // Whoever reads the file at once signs with what is known here already.
        inner.verifier.replace(before.ends().chain(keys.ends()));
        if let Err(error) = files::write(&inner.keys_file, &keys.to_pem()) {
            inner.verifier.replace(before.ends());
            return Err(KeysRefused::Unwritable(format!("{}: {error}", inner.keys_file.display())));
        }
        *inner.signing.write() = Signing::of(keys.clone(), changes + 1);
        inner.verifier.replace(keys.ends());
        Ok(keys.infos(now))
    }

    /// The issuer's URL, which stands in its tokens as `iss`: without a slash at the end.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The file with the client's id and secret.
    pub fn client_file(&self) -> &Path {
        &self.0.client_file
    }

    /// The endpoints: `POST /oauth2/token`, `GET /.well-known/openid-configuration` and `GET /.well-known/jwks.json`.
    pub fn router(&self) -> Router {
        endpoints::router(self.clone())
    }

    /// Checks the tokens of this issuer; all verifiers that it gives share what they remember.
    pub fn verifier(&self) -> Verifier {
        self.0.verifier.clone()
    }

    /// What the service of this name shows to its neighbors: the subject is `service:NAME`, the scope `operator`.
    pub fn credential(&self, service: &str) -> Credential {
        Credential::new(self.clone(), format!("service:{service}"), Scope::Operator.into())
    }

    /// What a door shows for somebody who brought no token: the subject is `anonymous`, and there is no scope.
    pub fn anonymous(&self) -> Credential {
        Credential::new(self.clone(), "anonymous".to_owned(), Scopes::NONE)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn published_keys(&self) -> JwkSet {
        self.0.signing.read().keys.published(self.0.clock.now())
    }

    /// How often the keys have changed since the start: a token of before a change may not be good any more.
    pub(crate) fn changes(&self) -> u64 {
        self.0.signing.read().changes
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

/// Names that stand in tokens are compared letter by letter, so one spelling is kept: no slash at the end.
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
    // Letters, digits, `-` and `_` alone: such a secret looks the same in a header, a form and a shell.
    let client = Client { client_id: "boxoffice".to_owned(), client_secret: URL_SAFE_NO_PAD.encode(secret) };
    let text = serde_json::to_string_pretty(&client).expect("two strings are JSON");
    format!("{text}\n")
}
