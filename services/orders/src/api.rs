//! The HTTP API: each handler runs a command or reads the store.

mod create;
mod read;
mod responses;
mod status;

use boxoffice_contracts::BookingId;
use boxoffice_http::{Problem, SingleFlight, StatusWatch, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_users_client::Visibility;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{clients::Clients, store::Order};

/// The state of all handlers.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub clients: Clients,
    pub single_flight: SingleFlight,
    pub status_watch: StatusWatch,
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(create::create, read::list))
        .routes(routes!(read::read))
        .routes(routes!(read::history))
        .routes(routes!(status::set))
        .with_state(app)
}

/// Refuses callers who are neither customers nor operators; `true` for operators.
fn is_operator(caller: &Caller) -> Result<bool, Problem> {
    if caller.has(Scope::Operator) { Ok(true) } else { caller.require(Scope::Customer).map(|()| false) }
}

impl App {
    /// Which users' orders the caller may see.
    async fn visibility(&self, caller: &Caller) -> Result<Visibility, Problem> {
        Visibility::of(caller, self.clients.users.user_id(caller.subject(), &caller.origin)).await
    }
}

async fn by_id(app: &App, id: BookingId) -> Result<Order, Problem> {
    app.writer.database().get::<Order>(id).await?.ok_or_else(|| not_found(id))
}

fn not_found(id: BookingId) -> Problem {
    Problem::new(&codes::NOT_FOUND, format!("order {id} not found"))
}

fn other_user() -> Problem {
    Problem::new(&codes::FORBIDDEN, "only operators may set `userId` to another user")
}
