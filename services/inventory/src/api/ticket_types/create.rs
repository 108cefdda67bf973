use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::{Currency, Decimal, EventId, QuotaId};
use boxoffice_http::{
    Outcome, Problem, codes, created,
    extract::{Body, Caller, IdempotencyKeyHeader, Path},
    run_idempotent_for_id,
};
use boxoffice_writer::Idempotent;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::responses::{TicketTypeResponse, read_by_id};
use crate::{
    api::{App, actor, found},
    commands::{CreateTicketType, NewTicketType, QuotaSource},
    domain::{self, MAX_CAPACITY},
    store::Event,
};

/// Name and price of a ticket type.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Balcony", "price": 25.50}))]
pub struct TicketTypeRequest {
    /// The name that customers see.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The price of one ticket, in the currency of the event and with at most its number of decimals.
    #[garde(skip)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    price: Decimal,
}

impl TicketTypeRequest {
    /// Converts the price to minor units of `currency`.
    ///
    /// # Errors
    /// 400 for `field` when the price is negative, has too many decimals, or exceeds the limit.
    pub fn priced(self, currency: Currency, field: &str) -> Result<NewTicketType, Problem> {
        let price_minor = domain::price_minor(self.price, currency)
            .map_err(|expected| Problem::field(field, codes::field::RANGE, expected))?;
        Ok(NewTicketType { name: self.name, price_minor })
    }
}

/// A new ticket type.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Stalls", "price": 40.00, "capacity": 200}))]
pub struct CreateTicketTypeRequest {
    /// The name that customers see.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The price of one ticket, in the currency of the event and with at most its number of decimals.
    #[garde(skip)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    price: Decimal,
    /// The quota of the event to draw from. Default: the first quota, unless `capacity` is set.
    #[garde(skip)]
    quota_id: Option<QuotaId>,
    /// The number of seats of a new quota for this type. Leave it out when `quotaId` is set.
    #[garde(inner(range(min = 1, max = MAX_CAPACITY)))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    capacity: Option<i64>,
}

/// Create a ticket type
///
/// The type draws from the first quota of the event, from the named quota, or from a new one.
#[utoipa::path(post, path = "/api/v1/events/{id}/ticket-types", tag = "catalogue", request_body = CreateTicketTypeRequest,
    params(("id" = i64, Path, description = "The event", minimum = 1, example = 1),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 201, description = "Created", body = TicketTypeResponse),
        (status = 409, description = "`too-many-ticket-types`")),
    security(("bearer" = ["organizer"])))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    Path(event): Path<EventId>,
    body: Body<CreateTicketTypeRequest>,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    let key = key.bound(&caller, &format!("POST /events/{event}/ticket-types"), &body);
    let known = found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let CreateTicketTypeRequest { name, price, quota_id, capacity } = body.into_inner();
    let ticket_type = TicketTypeRequest { name, price }.priced(known.currency, "price")?;
    let quota = match (quota_id, capacity) {
        (None, None) => QuotaSource::First,
        (Some(quota), None) => QuotaSource::Existing(quota),
        (None, Some(capacity)) => QuotaSource::New(capacity),
        (Some(_), Some(_)) => {
            return Err(Problem::field("quotaId", codes::field::FORMAT, "expected quotaId or capacity, not both"));
        }
    };
    let command = CreateTicketType { actor, event, ticket_type, quota };
    let Outcome { value: id, replayed } =
        run_idempotent_for_id(&app.writer, caller.origin, Idempotent { key, command }).await?;
    let (tag, ticket_type) = read_by_id(&app, id).await?;
    Ok((tag, created(&format!("/api/v1/ticket-types/{id}"), replayed, &ticket_type)).into_response())
}
