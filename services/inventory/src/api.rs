//! The HTTP API: each handler runs a command or reads from the store.

mod events;
mod holds;
mod internal;
mod lines;
mod organizers;
mod quotas;
mod ticket_types;
mod venues;

use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::OrganizerId;
use boxoffice_http::{Problem, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{commands::Actor, config::InventorySettings, store};

/// The state that all handlers share.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub clock: Clock,
    pub entropy: Entropy,
    pub settings: InventorySettings,
}

/// The public and internal routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(organizers::create, organizers::list))
        .routes(routes!(organizers::read))
        .routes(routes!(organizers::add_member, organizers::remove_member))
        .routes(routes!(venues::create, venues::list))
        .routes(routes!(venues::read, venues::change, venues::delete))
        .merge(events::router())
        .merge(ticket_types::router())
        .merge(quotas::router())
        .routes(routes!(holds::create, holds::list))
        .routes(routes!(holds::read, holds::release))
        .routes(routes!(holds::extend))
        .merge(internal::router())
        .with_state(app)
}

/// The caller of a command on the catalogue.
///
/// # Errors
/// 403 without the scope `organizer` or `operator`.
fn actor(caller: &Caller) -> Result<Actor, Problem> {
    let is_operator = caller.has(Scope::Operator);
    if !is_operator {
        caller.require(Scope::Organizer)?;
    }
    Ok(Actor { subject: caller.subject().to_owned(), is_operator })
}

/// The organizer of a new resource: the named one, otherwise the only organizer of which the caller is a member, otherwise
/// organizer 1, for which the command checks that the caller may act.
async fn organizer(app: &App, caller: &Caller, named: Option<OrganizerId>) -> Result<OrganizerId, Problem> {
    if let Some(organizer) = named {
        return Ok(organizer);
    }
    let only = store::only_organizer_of(app.writer.database(), caller.subject()).await?;
    Ok(only.unwrap_or(OrganizerId::from(1)))
}

/// Unwraps a row that a client named.
///
/// # Errors
/// 404 when there is no row.
fn found<T>(row: Option<T>, what: &str, id: impl std::fmt::Display) -> Result<T, Problem> {
    row.ok_or_else(|| Problem::new(&codes::NOT_FOUND, format!("there is no {what} {id}")))
}
