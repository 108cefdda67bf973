use axum::{Json, extract::State, response::Response};
use boxoffice_chassis::{
    Problem, codes, created,
    extract::{Body, Caller, Path, RequestKey},
};
use boxoffice_contracts::{Currency, Decimal, EventId, Money, QuotaId, TicketTypeId};
use boxoffice_writer::{Effect, Once};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, actor, found};
use crate::{
    commands::{CreateTicketType, NewTicketType},
    domain::MAX_AMOUNT,
    store::{self, Event, Quota, TicketType},
};

/// A kind of ticket that is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Balcony", "price": 25.50}))]
pub struct TypeIn {
    /// For people.
    #[garde(length(chars, min = 1, max = 200))]
    pub name: String,
    /// Of one ticket, in the event's currency.
    #[garde(skip)]
    pub price: Decimal,
}

impl TypeIn {
    /// The type with its price in minor units of `currency`.
    ///
    /// # Errors
    /// 400 that names the price: negative, too precise or above the limit.
    pub fn priced(self, currency: Currency, field: &str) -> Result<NewTicketType, Problem> {
        let price =
            self.price.in_currency(currency).map_err(|e| Problem::field(field, codes::field::RANGE, e.to_string()))?;
        if !(0..=MAX_AMOUNT).contains(&price.minor) {
            let most = Money::new(MAX_AMOUNT, currency);
            return Err(Problem::field(field, codes::field::RANGE, format!("expected 0 to {most}")));
        }
        Ok(NewTicketType { name: self.name, price_minor: price.minor })
    }
}

/// One kind of ticket of one event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeOut {
    pub id: TicketTypeId,
    event_id: EventId,
    quota_id: QuotaId,
    #[schema(example = "General")]
    name: String,
    price: Decimal,
    currency: Currency,
    /// Places that can still be taken.
    available: i64,
}

impl TypeOut {
    pub fn of(kind: &TicketType, quotas: &[Quota]) -> Self {
        let quota = quotas.iter().find(|quota| quota.id == kind.quota_id);
        Self {
            id: kind.id,
            event_id: kind.event_id,
            quota_id: kind.quota_id,
            name: kind.name.clone(),
            price: Money::new(kind.price_minor, kind.currency).decimal(),
            currency: kind.currency,
            available: quota.map_or(0, Quota::available),
        }
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
    Ok(created(&format!("/api/v1/ticket-types/{id}"), replayed, &by_id(&app, id).await?))
}

/// List the ticket types of an event
#[utoipa::path(get, path = "/api/v1/events/{id}/ticket-types", tag = "catalogue",
    params(("id" = i64, Path, description = "The event", example = 1)),
    responses((status = 200, description = "All of them, the first one first", body = Vec<TypeOut>), Problem),
    security(("bearer" = [])))]
pub async fn list(
    State(app): State<App>,
    _: Caller,
    Path(event): Path<EventId>,
) -> Result<Json<Vec<TypeOut>>, Problem> {
    found(app.writer.database().get::<Event>(event).await?, "event", event)?;
    let (types, quotas) = store::types_and_quotas(app.writer.database(), event).await?;
    Ok(Json(types.iter().map(|kind| TypeOut::of(kind, &quotas)).collect()))
}

/// Read a ticket type
#[utoipa::path(get, path = "/api/v1/ticket-types/{id}", tag = "catalogue", params(("id" = i64, Path, example = 1)),
    responses((status = 200, description = "The ticket type", body = TypeOut), Problem),
    security(("bearer" = [])))]
pub async fn read(State(app): State<App>, _: Caller, Path(id): Path<TicketTypeId>) -> Result<Json<TypeOut>, Problem> {
    Ok(Json(by_id(&app, id).await?))
}

async fn by_id(app: &App, id: TicketTypeId) -> Result<TypeOut, Problem> {
    let (kind, quotas) = found(store::type_and_quota(app.writer.database(), id).await?, "ticket type", id)?;
    Ok(TypeOut::of(&kind, &quotas))
}
