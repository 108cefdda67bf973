//! Signing keys: list, rotate and retire the keys that sign tokens.

use std::time::Duration;

use axum::{Json, extract::State};
use boxoffice_clock::Timestamp;
use boxoffice_http::{
    Problem,
    codes::{self, field},
    extract::{Body, Caller, Path, Query},
};
use boxoffice_identity::{KeyChangeRefused, KeyInfo, Scope};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;

/// Maximum overlap of two keys: the maximum lifetime of a token.
pub const MAX_OVERLAP: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(rotate)).routes(routes!(retire))
}

/// The key that signs new tokens, or an earlier key whose tokens are still accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "algorithm": "EdDSA", "signs": true,
    "createdAt": "2030-06-01T19:30:00Z", "acceptedUntil": null}))]
pub struct SigningKey {
    /// Key id, which tokens carry as `kid`.
    pub id: String,
    /// Signature algorithm, such as `EdDSA`.
    pub algorithm: String,
    /// Whether new tokens are signed with this key. Exactly one key signs.
    pub signs: bool,
    /// When the key was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When tokens of this key stop being accepted; null for the key that signs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_until: Option<Timestamp>,
}

impl From<KeyInfo> for SigningKey {
    fn from(KeyInfo { id, algorithm, signs, created_at, accepted_until }: KeyInfo) -> Self {
        Self { id, algorithm, signs, created_at, accepted_until }
    }
}

/// Body of `POST /keys/rotations`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"overlapSeconds": 7200}))]
pub struct RotateKeysRequest {
    /// Number of seconds for which tokens of the previous key stay accepted.
    #[garde(range(min = 0, max = MAX_OVERLAP.as_secs()))]
    #[schema(minimum = 0, maximum = 31_622_400)]
    pub overlap_seconds: u64,
}

/// Query of `DELETE /keys/{id}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RetireKeyQuery {
    /// Retires the key even if valid tokens are signed with it.
    #[garde(skip)]
    pub force: bool,
}

/// List signing keys
///
/// The key that signs comes first. The public keys are served at `/.well-known/jwks.json`.
#[utoipa::path(get, path = "/api/v1/keys", tag = "operator",
    responses((status = 200, description = "All known keys", body = Vec<SigningKey>)),
    security(("bearer" = ["operator"])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<SigningKey>>, Problem> {
    caller.require(Scope::Operator)?;
    Ok(response(app.issuer.keys()))
}

/// Rotate the signing key
///
/// Creates a key, which signs all new tokens. Tokens of the previous key stay valid until they expire or the overlap
/// ends, whichever is earlier.
#[utoipa::path(post, path = "/api/v1/keys/rotations", tag = "operator", request_body = RotateKeysRequest,
    responses((status = 200, description = "All known keys", body = Vec<SigningKey>)),
    security(("bearer" = ["operator"])))]
async fn rotate(
    State(app): State<App>,
    caller: Caller,
    body: Body<RotateKeysRequest>,
) -> Result<Json<Vec<SigningKey>>, Problem> {
    caller.require(Scope::Operator)?;
    let overlap = Duration::from_secs(body.into_inner().overlap_seconds);
    let issuer = app.issuer.clone();
    change_response(tokio::task::spawn_blocking(move || issuer.rotate(overlap)).await)
}

/// Retire a signing key
///
/// Tokens of this key are refused from now on. If the key signs, a new key takes its place. A key with valid tokens is
/// retired only with `force`, for example after a leak.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "operator",
    params(("id" = String, Path, example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"), RetireKeyQuery),
    responses((status = 200, description = "All known keys", body = Vec<SigningKey>)),
    security(("bearer" = ["operator"])))]
async fn retire(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(RetireKeyQuery { force }): Query<RetireKeyQuery>,
) -> Result<Json<Vec<SigningKey>>, Problem> {
    caller.require(Scope::Operator)?;
    let issuer = app.issuer.clone();
    change_response(tokio::task::spawn_blocking(move || issuer.retire(&id, force)).await)
}

type Outcome = Result<Result<Vec<KeyInfo>, KeyChangeRefused>, tokio::task::JoinError>;

fn change_response(outcome: Outcome) -> Result<Json<Vec<SigningKey>>, Problem> {
    match outcome.map_err(Problem::internal)? {
        Ok(keys) => {
            tracing::warn!(signing_key = %keys[0].id, known = keys.len(), "signing keys changed");
            Ok(response(keys))
        }
        Err(KeyChangeRefused::Unknown) => Err(Problem::new(&codes::NOT_FOUND, "no key has this id")),
        Err(refused @ KeyChangeRefused::InUse) => {
            Err(Problem::field("force", field::REQUIRED, format!("must be true: {refused}")))
        }
        Err(refused @ KeyChangeRefused::TooMany) => Err(Problem::new(&codes::BUSY, refused.to_string())),
        Err(other) => Err(Problem::internal(other)),
    }
}

fn response(keys: Vec<KeyInfo>) -> Json<Vec<SigningKey>> {
    Json(keys.into_iter().map(SigningKey::from).collect())
}
