//! Whether the data keeps every rule.

use axum::{Json, extract::State};
use boxoffice_audit::Findings;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Which bookings to look at again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"only": ["0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d"]}))]
pub struct AuditOf {
    /// Only these, which had not settled before; everything when left out.
    #[serde(default)]
    #[garde(skip)]
    pub only: Option<Vec<Uuid>>,
}

/// Audit the data
///
/// Checks every rule against one moment of all databases. What is on its way between two services at that moment is
/// reported as unsettled, not as broken.
#[utoipa::path(post, path = "/api/v1/audits", tag = "operator", request_body = AuditOf,
    responses((status = 200, description = "What was found", body = serde_json::Value, example = json!({
        "rules": [{"id": "I1", "title": "no quota is oversold", "saw": 3, "broken": []}],
        "unsettled": {}, "alarms": [], "notices": []
    })), Problem),
    security(("bearer" = ["operator"])))]
async fn audit(State(app): State<App>, caller: Caller, body: Body<AuditOf>) -> Result<Json<Findings>, Problem> {
    caller.require(Scope::Operator)?;
    let only = body.into_inner().only;
    let findings = tokio::task::spawn_blocking(move || crate::audit(app.writers.iter(), only.as_deref())).await;
    findings.map_err(Problem::internal)?.map(Json).map_err(Problem::internal)
}
