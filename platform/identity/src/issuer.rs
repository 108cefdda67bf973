use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_clock::{Clock, Entropy};
use jsonwebtoken::{Header, encode, jwk::JwkSet};
use serde::{Deserialize, Serialize};

use crate::{
    Credential, IdentityError, Scope, Scopes, Verifier,
    claims::{AUDIENCE, Written},
    endpoints, files,
    keys::{self, Keys},
};

/// The built-in issuer of tokens: one client, which may do everything, and the keys that sign. Cheap to clone.
///
/// Its folder holds `keys.pem` (PKCS#8; the first key signs, all are published), `client.json` and `issuer`, all
/// readable by their owner alone.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    url: String,
    client: Client,
    client_file: PathBuf,
    keys: Keys,
    clock: Clock,
    entropy: Entropy,
    verifier: Verifier,
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
        let keys = keys::open(&folder.join("keys.pem"), &entropy)?;
        let client_file = folder.join("client.json");
        let client = files::read_or_create(&client_file, || new_client(&entropy))?;
        let client = serde_json::from_str(&client)
            .map_err(|error| IdentityError::Content { path: client_file.clone(), reason: error.to_string() })?;
        let verifier = Verifier::new(&url, &keys.published, clock.clone());
        Ok(Self(Arc::new(Inner { url, client, client_file, keys, clock, entropy, verifier })))
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
        let mut header = Header::new(keys::ALGORITHM);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(inner.keys.kid.clone());
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
        encode(&header, &claims, &inner.keys.active).expect("the key was read as an Ed25519 key when it was opened")
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

    pub(crate) fn published_keys(&self) -> &JwkSet {
        &self.0.keys.published
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
