use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, IdempotencyKeyHeader, Path},
};
use boxoffice_writer::{Effect, Idempotent};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shown::by_id;
use crate::{
    api::{App, holds::customer},
    commands::ReleasePlaces,
    store,
};

/// How many places are given back.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"quantity": 1}))]
pub struct Given {
    /// Places.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    quantity: u32,
}

/// What was given back.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"ticketTypeId": 1, "released": 2, "available": 500}))]
pub struct Released {
    /// The kind of ticket.
    ticket_type_id: TicketTypeId,
    /// How many places the holds have less.
    released: u32,
    /// Places that can be taken.
    available: i64,
}

/// Give held places of a ticket type back
///
/// They are taken out of one's own holds that no order has claimed, the newest first. A hold that is larger keeps the
/// rest; one that has nothing left is released. All of the places, or none: 409 when the holds have fewer.
#[utoipa::path(post, path = "/api/v1/ticket-types/{id}/release", tag = "holds", request_body = Given,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 200, description = "Given back", body = Released),
        (status = 409, description = "`fewer-held`", body = Problem, content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn release(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    Path(kind): Path<TicketTypeId>,
    body: Body<Given>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, &format!("POST /ticket-types/{kind}/release"), &body);
    let owner = caller.subject().to_owned();
    let holds = store::held_of_type(app.writer.database(), &owner, kind, body.quantity).await?;
    let command = ReleasePlaces { kind, owner, holds, quantity: body.quantity };
    let effect = app.writer.run(caller.origin, Idempotent { key, command }).await?;
    let replayed = matches!(effect, Effect::Replayed(_)).then_some([("idempotency-replayed", "true")]);
    let (_, shown) = by_id(&app, kind).await?;
    let released = Released { ticket_type_id: kind, released: body.quantity, available: shown.available };
    Ok((replayed, Json(released)).into_response())
}
