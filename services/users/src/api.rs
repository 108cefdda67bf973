//! The HTTP door: request -> command, or a read.

mod internal;
mod own;
mod profile;
mod users;

use boxoffice_chassis::{Problem, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What every handler has.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(users::create, users::list))
        .routes(routes!(users::read))
        .routes(routes!(own::read, own::save))
        .merge(internal::router())
        .with_state(app)
}

/// Passes customers and operators.
fn customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}
