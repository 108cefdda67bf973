use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::{Currency, Decimal, EventId, QuotaId};
use boxoffice_http::{
    Problem, codes, created,
    extract::{Body, Caller, IdempotencyKeyHeader, Path},
};
use boxoffice_writer::{Effect, Idempotent};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::{TypeOut, by_id};
use crate::{
    api::{App, actor, found},
    commands::{CreateTicketType, NewTicketType, Places},
    domain::{self, MAX_CAPACITY},
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

/// A kind of ticket that is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Stalls", "price": 40.00, "capacity": 200}))]
pub struct NewType {
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Of one ticket, in the event's currency, with no more decimals than that has.
    #[garde(skip)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    price: Decimal,
    /// Which of the event's quotas it draws from; the first one when this and `capacity` are left out.
    #[garde(skip)]
    quota_id: Option<QuotaId>,
    /// Places of a quota of its own; or name `quotaId` instead.
    #[garde(inner(range(min = 1, max = MAX_CAPACITY)))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    capacity: Option<i64>,
}

/// Add a ticket type to an event
///
/// It draws from the event's first quota, from the one that it names, or from one of its own.
#[utoipa::path(post, path = "/api/v1/events/{id}/ticket-types", tag = "catalogue", request_body = NewType,
    params(("id" = i64, Path, description = "The event", minimum = 1, example = 1),
           ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 201, description = "Added", body = TypeOut),
        (status = 409, description = "`too-many-ticket-types`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    Path(event): Path<EventId>,
    body: Body<NewType>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, &format!("POST /events/{event}/ticket-types"), &body);
    let known = found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let NewType { name, price, quota_id, capacity } = body.into_inner();
    let kind = TypeIn { name, price }.priced(known.currency, "price")?;
    let places = match (quota_id, capacity) {
        (None, None) => Places::First,
        (Some(quota), None) => Places::Of(quota),
        (None, Some(capacity)) => Places::Own(capacity),
        (Some(_), Some(_)) => {
            return Err(Problem::field("quotaId", codes::field::FORMAT, "expected quotaId or capacity, not both"));
        }
    };
    let command = CreateTicketType { actor, event, kind, places };
    let (id, replayed) = match app.writer.run(caller.origin, Idempotent { key, command }).await? {
        Effect::Fresh(kind) => (kind.id, false),
        Effect::Replayed(id) => (id.parse().map_err(Problem::internal)?, true),
    };
    let (tag, kind) = by_id(&app, id).await?;
    Ok((tag, created(&format!("/api/v1/ticket-types/{id}"), replayed, &kind)).into_response())
}
