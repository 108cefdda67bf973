//! The endpoints of the issuer: OAuth 2.0 client credentials (RFC 6749, sections 2.3.1, 4.4 and 5), the discovery document
//! and the public keys.

use std::time::Duration;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use axum::{
    Form, Json, Router,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Issuer, Scope, Scopes, issuer::Client};

const TOKEN_LIFE: Duration = Duration::from_secs(3600);
const NOT_STORED: [(HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::PRAGMA, HeaderValue::from_static("no-cache")),
];

pub(crate) fn router(issuer: Issuer) -> Router {
    Router::new()
        .route("/oauth2/token", post(token))
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/.well-known/jwks.json", get(jwks))
        .with_state(issuer)
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

async fn token(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, OAuthError> {
    let Form(request) = form.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => OAuthError::TooLarge,
        _ => OAuthError::InvalidRequest("the body is not a form, or repeats a parameter"),
    })?;
    authenticate(issuer.client(), &headers, &request)?;
    // A parameter without a value counts as omitted (RFC 6749 section 3.2).
    match request.grant_type.as_deref().unwrap_or_default() {
        "client_credentials" => {}
        "" => return Err(OAuthError::InvalidRequest("grant_type is missing")),
        _ => return Err(OAuthError::UnsupportedGrantType),
    }
    let scopes = match request.scope.as_deref().map(str::trim).unwrap_or_default() {
        "" => Scopes::ALL,
        asked => asked.parse().map_err(|_| OAuthError::InvalidScope)?,
    };
    let answer = json!({
        "access_token": issuer.token(&issuer.client().client_id, scopes, TOKEN_LIFE),
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE.as_secs(),
        "scope": scopes.to_string(),
    });
    Ok((NOT_STORED, Json(answer)).into_response())
}

fn authenticate(client: &Client, headers: &HeaderMap, request: &TokenRequest) -> Result<(), OAuthError> {
    let (id, secret) = match (headers.get(header::AUTHORIZATION), &request.client_secret) {
        (Some(_), Some(_)) => return Err(OAuthError::InvalidRequest("the client sent two secrets")),
        (Some(authorization), None) => basic(authorization).ok_or(OAuthError::InvalidClient)?,
        (None, Some(secret)) => (request.client_id.clone().unwrap_or_default(), secret.clone()),
        (None, None) => return Err(OAuthError::InvalidClient),
    };
    let known = same(&id, &client.client_id) & same(&secret, &client.client_secret);
    if known { Ok(()) } else { Err(OAuthError::InvalidClient) }
}

/// The id and the secret of HTTP Basic (RFC 7617), without form decoding: generated ids and secrets have no character that
/// the encoding of RFC 6749 would change.
fn basic(authorization: &HeaderValue) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Compares in constant time: digests have the same length for every input.
fn same(sent: &str, known: &str) -> bool {
    let (sent, known) = (digest(&SHA256, sent.as_bytes()), digest(&SHA256, known.as_bytes()));
    verify_slices_are_equal(sent.as_ref(), known.as_ref()).is_ok()
}

async fn discovery(State(issuer): State<Issuer>) -> Json<Value> {
    let url = issuer.url();
    Json(json!({
        "issuer": url,
        "token_endpoint": format!("{url}/oauth2/token"),
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    }))
}

async fn jwks(State(issuer): State<Issuer>) -> Json<JwkSet> {
    Json(issuer.published_keys())
}

/// The error responses of RFC 6749, section 5.2.
enum OAuthError {
    InvalidRequest(&'static str),
    TooLarge,
    InvalidClient,
    UnsupportedGrantType,
    InvalidScope,
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (status, error, description) = match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"),
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client", "unknown client or wrong secret"),
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "only client_credentials is supported")
            }
            Self::InvalidScope => {
                (StatusCode::BAD_REQUEST, "invalid_scope", "the known scopes are customer, organizer, operator")
            }
        };
        let body = Json(json!({ "error": error, "error_description": description }));
        let mut response = (status, NOT_STORED, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Basic realm="boxoffice", charset="UTF-8""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
