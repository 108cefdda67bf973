use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_chassis::{
    Problem, codes, created,
    extract::{Body, Caller, Path, RequestKey},
};
use boxoffice_contracts::{Currency, Decimal, EventId};
use boxoffice_writer::{Effect, Once};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::{TypeOut, by_id};
use crate::{
    api::{App, actor, found},
    commands::{CreateTicketType, NewTicketType},
    domain,
    store::Event,
};

/// A kind of ticket as it is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Balcony", "price": 25.50}))]
pub struct TypeIn {
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Of one ticket, in the event's currency, with no more decimals than that has.
    #[garde(skip)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    price: Decimal,
}

impl TypeIn {
    /// The type with its price in minor units of `currency`.
    ///
    /// # Errors
    /// 400 that names the price, which is `field`: negative, too precise or above the limit.
    pub fn priced(self, currency: Currency, field: &str) -> Result<NewTicketType, Problem> {
        let price_minor = domain::price_minor(self.price, currency)
            .map_err(|expected| Problem::field(field, codes::field::RANGE, expected))?;
        Ok(NewTicketType { name: self.name, price_minor })
    }
}

/// Add a ticket type to an event
///
/// It draws from the event's quota.
#[utoipa::path(post, path = "/api/v1/events/{id}/ticket-types", tag = "catalogue", request_body = TypeIn,
    params(("id" = i64, Path, description = "The event", example = 1),
           ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Added", body = TypeOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: RequestKey,
    Path(event): Path<EventId>,
    body: Body<TypeIn>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, &format!("POST /events/{event}/ticket-types"), &body).map(Into::into);
    let known = found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let kind = body.into_inner().priced(known.currency, "price")?;
    let command = CreateTicketType { actor, event, kind };
    let (id, replayed) = match app.writer.run(caller.origin, Once { key, command }).await? {
        Effect::Fresh(kind) => (kind.id, false),
        Effect::Replayed(id) => (id.parse().map_err(Problem::internal)?, true),
    };
    let (tag, kind) = by_id(&app, id).await?;
    Ok((tag, created(&format!("/api/v1/ticket-types/{id}"), replayed, &kind)).into_response())
}
