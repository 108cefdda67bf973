//! Routes for other services. They are not in the OpenAPI document, so the gateway does not expose them.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, Path},
};
use boxoffice_identity::Scope;
use utoipa_axum::router::OpenApiRouter;

use super::App;

pub fn router() -> OpenApiRouter<App> {
    Router::new().route("/internal/payment-tokens/{token}", get(accepted_token)).into()
}

/// Answers 204 when a payment can be tried with the token, 404 otherwise.
async fn accepted_token(
    State(app): State<App>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    if app.provider.accepts_token(&token) {
        return Ok(StatusCode::NO_CONTENT);
    }
    // The message does not contain the token: anyone who reads it could charge with it.
    Err(Problem::new(&codes::NOT_FOUND, "the payment provider does not accept this token"))
}
