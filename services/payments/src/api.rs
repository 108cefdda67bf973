//! The HTTP door: reads, and what people do about a refund that was refused. A payment begins with what inventory says, and
//! with nothing else.

mod entries;
mod internal;
mod list;
mod refund;

use boxoffice_users_client::UsersClient;
use boxoffice_writer::Writer;
use utoipa::openapi::{OpenApi, tag::TagBuilder};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::providers::Provider;

/// What every handler has.
#[derive(Clone)]
pub struct App {
    pub writer: Writer,
    pub users: UsersClient,
    pub provider: Provider,
}

/// All routes of this service.
pub fn router(app: App) -> OpenApiRouter {
    let about = concat!(
        "What was asked of the payment provider for each order, and what came of it. With the simulated provider, \
         these test tokens decide that:\n\n",
        include_str!("providers/simulated/tokens.md"),
    );
    let tag = TagBuilder::new().name("payments").description(Some(about)).build();
    let mut document = OpenApi::default();
    document.tags = Some(vec![tag]);
    OpenApiRouter::with_openapi(document)
        .routes(routes!(entries::of_order))
        .routes(routes!(list::list))
        .routes(routes!(refund::repeat))
        .merge(internal::router())
        .with_state(app)
}
