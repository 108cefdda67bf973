//! The HTTP API: notifications of customers, and the mailbox for operators.

mod mailbox;
mod notifications;

use boxoffice_contracts::UserId;
use boxoffice_http::{Problem, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_users_client::UsersClient;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::clients::BookingsClient;

/// The state that every handler shares.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub users: UsersClient,
    pub bookings: BookingsClient,
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read, notifications::change))
        .routes(routes!(notifications::of_booking))
        .routes(routes!(mailbox::list))
        .with_state(app)
}

/// Which notifications a caller may see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    /// Everyone's: the caller is an operator.
    All,
    /// Those of this user.
    Only(UserId),
    /// None: the caller's subject belongs to no user.
    Nothing,
}

impl Visibility {
    fn includes(self, user: UserId) -> bool {
        self == Self::All || self == Self::Only(user)
    }
}

async fn visibility(app: &App, caller: &Caller) -> Result<Visibility, Problem> {
    if caller.has(Scope::Operator) {
        return Ok(Visibility::All);
    }
    caller.require(Scope::Customer)?;
    let user = app.users.user_id(caller.subject(), &caller.origin).await?;
    Ok(user.map_or(Visibility::Nothing, Visibility::Only))
}
