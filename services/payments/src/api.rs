//! The HTTP API: reads of payments, and an operator's retry of a refund that failed. No request creates a payment; only
//! the event `InventoryReserved` does.

mod entries;
mod internal;
mod list;
mod refund;

use std::sync::Arc;

use boxoffice_users_client::UsersClient;
use boxoffice_writer::Writer;
use utoipa::openapi::{OpenApi, tag::TagBuilder};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::providers::Provider;

/// The state that every handler shares.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub users: UsersClient,
    pub provider: Arc<dyn Provider>,
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    let about = concat!(
        "Payments of orders through a payment provider, and their outcomes. With the simulated provider, these test \
         tokens decide the outcome:\n\n",
        include_str!("providers/simulated/tokens.md"),
    );
    let tag = TagBuilder::new().name("payments").description(Some(about)).build();
    let mut document = OpenApi::default();
    document.tags = Some(vec![tag]);
    OpenApiRouter::with_openapi(document)
        .routes(routes!(entries::of_order))
        .routes(routes!(list::list))
        .routes(routes!(refund::retry))
        .merge(internal::router())
        .with_state(app)
}
