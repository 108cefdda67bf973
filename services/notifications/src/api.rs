//! The HTTP door: request -> command, or a read.

mod mailbox;
mod notifications;

use boxoffice_contracts::UserId;
use boxoffice_http::{Problem, extract::Caller};
use boxoffice_identity::Scope;
use boxoffice_writer::Writer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::neighbours::{Bookings, Users};

/// What every handler has.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub users: Users,
    pub bookings: Bookings,
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

/// Whose notifications a token may see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// An operator's.
    Everyones,
    /// A customer's.
    Of(UserId),
    /// That of a token without a profile.
    Nobodys,
}

impl Reach {
    fn covers(self, user: UserId) -> bool {
        self == Self::Everyones || self == Self::Of(user)
    }
}

async fn reach(app: &App, caller: &Caller) -> Result<Reach, Problem> {
    if caller.has(Scope::Operator) {
        return Ok(Reach::Everyones);
    }
    caller.require(Scope::Customer)?;
    let user = app.users.of_subject(caller.subject(), &caller.origin).await?;
    Ok(user.map_or(Reach::Nobodys, Reach::Of))
}
