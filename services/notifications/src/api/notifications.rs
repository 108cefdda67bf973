use axum::{Json, extract::State};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, EventId, NotificationId, UserId,
    events::{Channel, NotificationKind},
};
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, ETag, IfMatch, NoFilter, Page, PageParams, PageResponse, Path, Query, Sort},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{App, Reach, reach};
use crate::{
    commands::MarkRead,
    domain::Status,
    error::Refusal,
    store::{self, Notification, Wanted},
};

/// One letter to a customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01977f5e-6a00-7abc-8def-0123456789ab", "bookingId": "01977f5e-69f0-7123-8456-789abcdef012", "userId": 7,
    "kind": "booking-confirmed", "channel": "email", "subject": "Your booking is confirmed",
    "message": "Your booking is confirmed.\n\n2 x General, 25.50 EUR each\nTotal: 51.00 EUR\n", "status": "sent",
    "error": null, "read": false, "createdAt": "2030-06-01T19:30:00Z", "sentAt": "2030-06-01T19:30:00.25Z"
}))]
pub struct NotificationOut {
    id: NotificationId,
    booking_id: BookingId,
    user_id: UserId,
    kind: NotificationKind,
    channel: Channel,
    /// In one line.
    subject: String,
    /// In full.
    message: String,
    status: Status,
    /// Why it has not gone out, when it was tried.
    error: Option<String>,
    /// Whether the customer has read it.
    read: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Null until it has gone out.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
}

impl From<Notification> for NotificationOut {
    fn from(row: Notification) -> Self {
        let Notification { id, booking_id, user_id, kind, channel, subject, message, status, error, .. } = row;
        let Notification { is_read: read, created_at, sent_at, .. } = row;
        Self { id, booking_id, user_id, kind, channel, subject, message, status, error, read, created_at, sent_at }
    }
}

type SortNotifications = Sort<Notification>;

/// Which notifications are wanted.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only this user's; another's is for operators.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Only those about tickets of this event.
    #[param(value_type = Option<i64>, minimum = 1)]
    event_id: Option<EventId>,
    /// Only those that say this.
    #[param(inline)]
    kind: Option<NotificationKind>,
    /// Only those that go this way.
    #[param(inline)]
    channel: Option<Channel>,
    /// Only those that have come so far.
    #[param(inline)]
    status: Option<Status>,
    /// Only those that were read, or that were not.
    read: Option<bool>,
    /// In which order; the newest first unless it is said.
    #[param(inline)]
    sort: Option<SortNotifications>,
}

/// List notifications
///
/// Newest first. One's own; for operators everyone's.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(Filter, PageParams),
    responses((status = 200, description = "One page", body = Vec<NotificationOut>,
            headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: another's `userId`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<NotificationOut>, Problem> {
    let Filter { user_id: named, event_id: event, kind, channel, status, read, sort } = page.filter;
    let order = page.order(sort)?;
    let user = match (reach(&app, &caller).await?, named) {
        (Reach::Everyones, named) => named,
        (Reach::Of(own), None) => Some(own),
        (Reach::Of(own), Some(named)) if named == own => Some(own),
        (_, Some(_)) => return Err(Refusal::AnothersUser.into()),
        (Reach::Nobodys, None) => return Ok(page.list_sorted(sort, Vec::new()).map(NotificationOut::from)),
    };
    let wanted = Wanted { user, booking: None, event, kind, channel, status, read };
    let rows = store::notifications(app.writer.database(), wanted, &order, page.rows()).await?;
    Ok(page.list_sorted(sort, rows).map(NotificationOut::from))
}

/// Read a notification
///
/// One's own; for operators anybody's.
#[utoipa::path(get, path = "/api/v1/notifications/{id}", tag = "notifications", params(("id" = Uuid, Path, example = "01977f5e-6a00-7abc-8def-0123456789ab")),
    responses((status = 200, description = "The notification", body = NotificationOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<NotificationId>,
) -> Result<(ETag, Json<NotificationOut>), Problem> {
    let reach = reach(&app, &caller).await?;
    let row = app.writer.database().get::<Notification>(id).await?;
    let row = row.filter(|row| reach.covers(row.user_id));
    let row = row.ok_or(Refusal::NotFound(id))?;
    Ok((ETag(row.version), Json(row.into())))
}

/// What is to be changed of a notification.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"read": true}))]
pub struct Change {
    /// Whether the customer has read it.
    #[garde(skip)]
    read: bool,
}

/// Mark a notification as read, or as unread
///
/// Repeated, it does nothing.
#[utoipa::path(patch, path = "/api/v1/notifications/{id}", tag = "notifications", request_body = Change,
    params(("id" = Uuid, Path, example = "01977f5e-6a00-7abc-8def-0123456789ab"),
        ("If-Match" = Option<String>, Header, description = "Only while the notification has this `ETag`")),
    responses((status = 200, description = "The notification as it is now", body = NotificationOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`precondition-failed`: it has another `ETag`", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<NotificationId>,
    if_match: IfMatch,
    body: Body<Change>,
) -> Result<(ETag, Json<NotificationOut>), Problem> {
    let owner = match reach(&app, &caller).await? {
        Reach::Everyones => None,
        Reach::Of(own) => Some(own),
        Reach::Nobodys => return Err(Refusal::NotFound(id).into()),
    };
    let command = if_match.guard::<Notification, _>(id, MarkRead { id, owner, read: body.read });
    let row = app.writer.run(caller.origin, command).await?;
    Ok((ETag(row.version), Json(row.into())))
}

/// List the notifications about a booking
///
/// Newest first, all of them: there is one for each kind and channel. Empty while there is none yet.
#[utoipa::path(get, path = "/api/v1/bookings/{id}/notifications", tag = "notifications", params(("id" = Uuid, Path, example = "01977f5e-6a00-7abc-8def-0123456789ab")),
    responses((status = 200, description = "All of them", body = Vec<NotificationOut>),
        (status = 404, description = "`not-found`: there is no such booking, or it is another's", body = Problem,
            content_type = "application/problem+json"), Problem),
    security(("bearer" = ["customer"])))]
pub async fn of_booking(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    _: Query<NoFilter>,
) -> Result<Json<Vec<NotificationOut>>, Problem> {
    let reach = reach(&app, &caller).await?;
    let rows = store::about(app.writer.database(), id).await?;
    // Whose the booking is stands in what was written about it; before that, its owner is asked.
    let owner = match rows.first() {
        Some(row) => Some(row.user_id),
        None => app.bookings.owner(id, &caller.origin).await?,
    };
    if !owner.is_some_and(|owner| reach.covers(owner)) {
        return Err(Refusal::NoBooking(id).into());
    }
    Ok(Json(rows.into_iter().map(NotificationOut::from).collect()))
}
