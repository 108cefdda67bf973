//! The HTTP API: notifications of customers, and the mailbox for operators.

mod mailbox;
mod notifications;

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
