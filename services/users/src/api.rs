//! The HTTP API: each handler runs a command or reads from the store.

mod bodies;
mod deletion;
mod internal;
mod own;
mod users;

use boxoffice_contracts::UserId;
use boxoffice_http::{Problem, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    clients::BookingsClient,
    error::Refusal,
    store::{self, User},
};

/// The state that all handlers share.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub bookings: BookingsClient,
}

/// The public and internal routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(users::create, users::list))
        .routes(routes!(users::read, users::change, users::delete))
        .routes(routes!(own::read, own::save, own::delete))
        .merge(internal::router())
        .with_state(app)
}

/// Requires the scope `customer` or `operator`.
fn customer(caller: &Caller) -> Result<(), Problem> {
    if caller.has(Scope::Operator) { Ok(()) } else { caller.require(Scope::Customer) }
}

async fn by_id(app: &App, id: UserId) -> Result<User, Problem> {
    let user = store::user(app.writer.database(), id).await?;
    Ok(user.ok_or_else(|| Refusal::NotFound(id.to_string()))?)
}
