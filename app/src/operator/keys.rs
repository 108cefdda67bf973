//! The keys that tokens are signed with.

use std::time::Duration;

use axum::{Json, extract::State};
use boxoffice_clock::Timestamp;
use boxoffice_http::{
    Problem,
    codes::{self, field},
    extract::{Body, Caller, Path, Query},
};
use boxoffice_identity::{KeyInfo, KeysRefused, Scope};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;

/// How long an overlap may be: as long as a token may live.
pub const LONGEST_OVERLAP: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(rotate)).routes(routes!(retire))
}

/// A key that tokens are signed with, or were.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "algorithm": "EdDSA", "signs": true,
    "madeAt": "2030-06-01T19:30:00Z", "until": null}))]
pub struct SigningKey {
    /// Its name, which tokens carry as `kid`.
    pub id: String,
    /// What it signs with.
    pub algorithm: String,
    /// Whether it signs what is issued from here on; one key does.
    pub signs: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Until when what it has signed is accepted; null while it signs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl From<KeyInfo> for SigningKey {
    fn from(KeyInfo { id, algorithm, signs, made_at, until }: KeyInfo) -> Self {
        Self { id, algorithm, signs, made_at, until }
    }
}

/// How the keys are rotated.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"overlapSeconds": 7200}))]
pub struct Rotation {
    /// For how many seconds more the keys of before are known.
    #[garde(range(min = 0, max = LONGEST_OVERLAP.as_secs()))]
    #[schema(minimum = 0, maximum = 31_622_400)]
    pub overlap_seconds: u64,
}

/// Whether a key is retired whatever hangs on it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Retirement {
    /// Also when tokens that it has signed are still good.
    #[garde(skip)]
    pub force: bool,
}

/// List the keys
///
/// The one that signs comes first. Their public halves are at `/.well-known/jwks.json`.
#[utoipa::path(get, path = "/api/v1/keys", tag = "operator",
    responses((status = 200, description = "All that are known", body = Vec<SigningKey>), Problem),
    security(("bearer" = ["operator"])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<SigningKey>>, Problem> {
    caller.require(Scope::Operator)?;
    Ok(shown(app.issuer.keys()))
}

/// Sign with a fresh key
///
/// The keys of before are known until the overlap has ended: tokens that they have signed stay good until then, or until
/// their own end. Tokens that live longer than the overlap end with it.
#[utoipa::path(post, path = "/api/v1/keys/rotations", tag = "operator", request_body = Rotation,
    responses((status = 200, description = "All that are known", body = Vec<SigningKey>), Problem),
    security(("bearer" = ["operator"])))]
async fn rotate(
    State(app): State<App>,
    caller: Caller,
    body: Body<Rotation>,
) -> Result<Json<Vec<SigningKey>>, Problem> {
    caller.require(Scope::Operator)?;
    let overlap = Duration::from_secs(body.into_inner().overlap_seconds);
    let issuer = app.issuer.clone();
    changed(tokio::task::spawn_blocking(move || issuer.rotate(overlap)).await)
}

/// Retire a key
///
/// What it has signed is refused from here on. Should it be the one that signs, a fresh one does. A key that is in use is
/// retired with `force` alone: one that has leaked.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "operator",
    params(("id" = String, Path, example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"), Retirement),
    responses((status = 200, description = "All that are known", body = Vec<SigningKey>), Problem),
    security(("bearer" = ["operator"])))]
async fn retire(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(Retirement { force }): Query<Retirement>,
) -> Result<Json<Vec<SigningKey>>, Problem> {
    caller.require(Scope::Operator)?;
    let issuer = app.issuer.clone();
    changed(tokio::task::spawn_blocking(move || issuer.retire(&id, force)).await)
}

type Changed = Result<Result<Vec<KeyInfo>, KeysRefused>, tokio::task::JoinError>;

fn changed(outcome: Changed) -> Result<Json<Vec<SigningKey>>, Problem> {
    match outcome.map_err(Problem::internal)? {
        Ok(keys) => {
            tracing::warn!(signs = %keys[0].id, known = keys.len(), "the signing keys have changed");
            Ok(shown(keys))
        }
        Err(KeysRefused::Unknown) => Err(Problem::new(&codes::NOT_FOUND, "there is no such key")),
        Err(refused @ KeysRefused::InUse) => {
            Err(Problem::field("force", field::REQUIRED, format!("has to be true: {refused}")))
        }
        Err(refused @ KeysRefused::TooMany) => Err(Problem::new(&codes::BUSY, refused.to_string())),
        Err(other) => Err(Problem::internal(other)),
    }
}

fn shown(keys: Vec<KeyInfo>) -> Json<Vec<SigningKey>> {
    Json(keys.into_iter().map(SigningKey::from).collect())
}
