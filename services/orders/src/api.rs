//! The HTTP door: request -> command, or a read.

mod place;
mod read;
mod shown;
mod status;

use boxoffice_contracts::{BookingId, UserId};
use boxoffice_http::{Problem, SingleFlight, StatusWatch, codes, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{neighbours::Neighbours, store::Order};

/// What every handler has.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub neighbours: Neighbours,
    pub single_flight: SingleFlight,
    pub status_watch: StatusWatch,
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(place::place, read::list))
        .routes(routes!(read::read))
        .routes(routes!(read::history))
        .routes(routes!(status::set))
        .with_state(app)
}

/// Passes customers and operators; `true` for operators.
fn is_operator(caller: &Caller) -> Result<bool, Problem> {
    if caller.has(Scope::Operator) { Ok(true) } else { caller.require(Scope::Customer).map(|()| false) }
}

impl App {
    /// The user that the caller's token stands for, if any.
    async fn user_of(&self, caller: &Caller) -> Result<Option<UserId>, Problem> {
        self.neighbours.user_of(caller.subject(), &caller.origin).await
    }
}

async fn by_id(app: &App, id: BookingId) -> Result<Order, Problem> {
    app.writer.database().get::<Order>(id).await?.ok_or_else(|| no_order(id))
}

fn no_order(id: BookingId) -> Problem {
    Problem::new(&codes::NOT_FOUND, format!("there is no order {id}"))
}

fn anothers() -> Problem {
    Problem::new(&codes::FORBIDDEN, "`userId` is another user's: only operators may name it")
}
