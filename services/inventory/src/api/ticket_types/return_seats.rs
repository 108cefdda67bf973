use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{
    Outcome, Problem,
    extract::{Body, Caller, IdempotencyKeyHeader, Path},
    run_idempotent_for_id,
};
use boxoffice_writer::Idempotent;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::responses::read_by_id;
use crate::{
    api::{App, holds::customer},
    commands::ReturnSeats,
    store,
};

/// The number of held seats to return.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"quantity": 1}))]
pub struct ReturnSeatsRequest {
    /// The number of seats.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    quantity: u32,
}

/// The seats that were returned.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"ticketTypeId": 1, "released": 2, "available": 500}))]
pub struct ReturnSeatsResponse {
    /// The ticket type of the seats.
    ticket_type_id: TicketTypeId,
    /// The number of seats that left the holds.
    released: u32,
    /// The number of seats that can be bought now.
    available: i64,
}

/// Return held seats
///
/// Takes seats of the type out of the caller's unclaimed holds, newest first. A larger hold keeps its remaining seats; an
/// empty one is released. Returns all requested seats or none: answers 409 when the holds have fewer.
#[utoipa::path(post, path = "/api/v1/ticket-types/{id}/release", tag = "holds", request_body = ReturnSeatsRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request idempotent: repeating it with the same key has no further effect")),
    responses((status = 200, description = "Returned", body = ReturnSeatsResponse),
        (status = 409, description = "`fewer-held`")),
    security(("bearer" = ["customer"])))]
pub async fn return_seats(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKeyHeader,
    Path(ticket_type): Path<TicketTypeId>,
    body: Body<ReturnSeatsRequest>,
) -> Result<Response, Problem> {
    customer(&caller)?;
    let key = key.bound(&caller, &format!("POST /ticket-types/{ticket_type}/release"), &body);
    let owner = caller.subject().to_owned();
    let holds = store::held_of_type(app.writer.database(), &owner, ticket_type, body.quantity).await?;
    let command = ReturnSeats { ticket_type, owner, holds, quantity: body.quantity };
    let outcome: Outcome<TicketTypeId> =
        run_idempotent_for_id(&app.writer, caller.origin, Idempotent { key, command }).await?;
    let (_, current) = read_by_id(&app, outcome.value).await?;
    let released =
        ReturnSeatsResponse { ticket_type_id: ticket_type, released: body.quantity, available: current.available };
    Ok((outcome.replayed_header(), Json(released)).into_response())
}
