//! What neighbors ask. Not documented, and so not reachable from outside.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use boxoffice_http::{
    Problem, codes,
    extract::{Caller, Path},
};
use boxoffice_identity::Scope;
use utoipa_axum::router::OpenApiRouter;

use super::App;

pub fn router() -> OpenApiRouter<App> {
    Router::new().route("/internal/payment-tokens/{token}", get(known_token)).into()
}

/// Whether a payment can be tried with a token.
async fn known_token(State(app): State<App>, caller: Caller, Path(token): Path<String>) -> Result<StatusCode, Problem> {
    caller.require(Scope::Operator)?;
    if app.provider.knows(&token) {
        return Ok(StatusCode::NO_CONTENT);
    }
    // The token is not repeated: whoever has it may charge with it.
    Err(Problem::new(&codes::NOT_FOUND, "the payment provider knows no such token"))
}
