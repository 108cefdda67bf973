use axum::{Json, extract::State, http::StatusCode};
use boxoffice_contracts::TicketTypeId;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, ETag, IfMatch, Path},
};
use boxoffice_writer::{Conditional, ConditionalRefused, ExpectedVersion, Failure};

use super::{
    TypeIn,
    shown::{TypeOut, by_id},
};
use crate::{
    Refusal,
    api::{App, actor, found},
    commands::{ChangeTicketType, DeleteTicketType},
    store::{self, Quota, TicketType},
};

/// How often it is looked anew whether a ticket type is in use, when its quota has changed meanwhile.
const LOOKS: usize = 5;

/// Replace a ticket type
///
/// Its name and its price. What is held or sold keeps the price at which it was.
#[utoipa::path(put, path = "/api/v1/ticket-types/{id}", tag = "catalogue", request_body = TypeIn,
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the ticket type has this ETag")),
    responses((status = 200, description = "The ticket type", body = TypeOut), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TicketTypeId>,
    if_match: IfMatch,
    body: Body<TypeIn>,
) -> Result<(ETag, Json<TypeOut>), Problem> {
    let actor = actor(&caller)?;
    let known = found(app.writer.database().get::<TicketType>(id).await?, "ticket type", id)?;
    let kind = body.into_inner().priced(known.currency, "price")?;
    let command = ChangeTicketType { actor, id, kind };
    app.writer.run(caller.origin, if_match.guard::<TicketType, _>(id, command)).await?;
    by_id(&app, id).await.map(|(tag, kind)| (tag, Json(kind)))
}

/// Delete a ticket type
///
/// While nobody holds or has bought places of it, and its event has another one.
#[utoipa::path(delete, path = "/api/v1/ticket-types/{id}", tag = "catalogue",
    params(("id" = i64, Path, minimum = 1, example = 1),
        ("If-Match" = Option<String>, Header, description = "Only while the ticket type has this ETag")),
    responses((status = 204, description = "Deleted"),
        (status = 409, description = "`in-use` or `last-one`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["organizer"])))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TicketTypeId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let actor = actor(&caller)?;
    for _ in 0..LOOKS {
        let (quota, is_in_use) = found(store::use_of(app.writer.database(), id).await?, "ticket type", id)?;
        let command = DeleteTicketType { actor: actor.clone(), id, is_in_use };
        let command = Conditional::<Quota, _> {
            row: quota.id,
            expected: ExpectedVersion::OneOf(vec![quota.version]),
            command: if_match.clone().guard::<TicketType, _>(id, command),
        };
        match app.writer.run(caller.origin.clone(), command).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            // Places of the quota were taken or given back since it was looked at.
            Err(Failure::Refused(ConditionalRefused::Changed(_))) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Refusal::InUse("places are being taken at this moment: close the event first").into())
}
