//! Audits: whether the data satisfies every invariant.

use axum::{Json, extract::State};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Body of `POST /audits`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"only": ["0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d"]}))]
pub struct AuditRequest {
    /// Ids of the bookings to check, such as those that an earlier audit reported as unsettled. Omit to check all data.
    #[serde(default)]
    #[garde(skip)]
    pub only: Option<Vec<Uuid>>,
}

/// Audit the data
///
/// Checks every invariant on one consistent snapshot of all databases. A booking with messages in transit between two
/// services is reported as unsettled, not as a violation.
#[utoipa::path(post, path = "/api/v1/audits", tag = "operator", request_body = AuditRequest,
    responses((status = 200, description = "Findings", body = serde_json::Value, example = json!({
        "rules": [{"id": "I1", "title": "no quota is oversold", "checked": 3, "broken": []}],
        "unsettled": {}, "alarms": [], "notices": []
    }))),
    security(("bearer" = ["operator"])))]
async fn audit(
    State(app): State<App>,
    caller: Caller,
    body: Body<AuditRequest>,
) -> Result<Json<Box<RawValue>>, Problem> {
    caller.require(Scope::Operator)?;
    let only = body.into_inner().only;
    let findings = tokio::task::spawn_blocking(move || app.host.audit(only.as_deref())).await;
    findings.map_err(Problem::internal)?.map(Json).map_err(Problem::internal)
}
