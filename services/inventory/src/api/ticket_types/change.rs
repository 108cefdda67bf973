use axum::{Json, extract::State, http::StatusCode};
use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, ETag, IfMatch, Path},
};
use boxoffice_writer::{Conditional, ConditionalRefused, ExpectedVersion, Failure};

use super::{
    TicketTypeRequest,
    responses::{TicketTypeResponse, read_by_id},
};
use crate::{
    Refusal,
    api::{App, actor, found},
    commands::{ChangeTicketType, DeleteTicketType},
    store::{self, Quota, TicketType},
};

/// How often a deletion checks again whether the ticket type is in use, when its quota changed between check and command.
const MAX_CHECKS: usize = 5;

/// Replace a ticket type
///
/// Replaces the name and the price. Seats that are held or sold keep their price.
#[utoipa::path(put, path = "/api/v1/ticket-types/{id}", tag = "catalogue", request_body = TicketTypeRequest,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the ticket type only while it has this ETag")),
    responses((status = 200, description = "The ticket type", body = TicketTypeResponse)),
    security(("bearer" = ["organizer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TicketTypeId>,
    if_match: IfMatch,
    body: Body<TicketTypeRequest>,
) -> Result<(ETag, Json<TicketTypeResponse>), Problem> {
    let actor = actor(&caller)?;
    let known = found(app.writer.database().get::<TicketType>(id).await?, "ticket type", id)?;
    let ticket_type = body.into_inner().priced(known.currency, "price")?;
    let command = ChangeTicketType { actor, id, ticket_type };
    app.writer.run(caller.origin, if_match.guard::<TicketType, _>(id, command)).await?;
    read_by_id(&app, id).await.map(|(tag, ticket_type)| (tag, Json(ticket_type)))
}

/// Delete a ticket type
///
/// Answers 409 while seats of the type are held or sold, and for the last type of an event.
#[utoipa::path(delete, path = "/api/v1/ticket-types/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Changes the ticket type only while it has this ETag")),
    responses((status = 204, description = "Deleted"),
        (status = 409, description = "`in-use` or `last-one`")),
    security(("bearer" = ["organizer"])))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TicketTypeId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let actor = actor(&caller)?;
    for _ in 0..MAX_CHECKS {
        let (quota, is_in_use) = found(store::quota_and_use_of(app.writer.database(), id).await?, "ticket type", id)?;
        let command = DeleteTicketType { actor: actor.clone(), id, is_in_use };
        let command = Conditional::<Quota, _> {
            row: quota.id,
            expected: ExpectedVersion::OneOf(vec![quota.version]),
            command: if_match.clone().guard::<TicketType, _>(id, command),
        };
        match app.writer.run(caller.origin.clone(), command).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            // Seats of the quota were held or released since the check.
            Err(Failure::Refused(ConditionalRefused::Changed(_))) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Refusal::InUse("seats are being held or released right now: close the event first").into())
}
