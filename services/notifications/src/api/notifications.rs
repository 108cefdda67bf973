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
use boxoffice_users_client::Visibility;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use crate::{
    commands::MarkRead,
    domain::NotificationStatus,
    error::Refusal,
    store::{self, Notification, NotificationFilter},
};

/// A notification of a customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "01977f5e-6a00-7abc-8def-0123456789ab", "bookingId": "01977f5e-69f0-7123-8456-789abcdef012", "userId": 7,
    "kind": "booking-confirmed", "channel": "email", "subject": "Your booking is confirmed",
    "message": "Your booking is confirmed.\n\n2 x General, 25.50 EUR each\nTotal: 51.00 EUR\n", "status": "sent",
    "error": null, "read": false, "createdAt": "2030-06-01T19:30:00Z", "sentAt": "2030-06-01T19:30:00.25Z"
}))]
pub struct NotificationResponse {
    id: NotificationId,
    booking_id: BookingId,
    user_id: UserId,
    kind: NotificationKind,
    channel: Channel,
    /// The subject, in one line.
    subject: String,
    /// The text, without the recipient's name.
    message: String,
    status: NotificationStatus,
    /// Why the last attempt to send it failed; null otherwise.
    error: Option<String>,
    /// Whether the customer has read it.
    read: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was sent; null until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
}

impl From<Notification> for NotificationResponse {
    fn from(row: Notification) -> Self {
        let Notification { id, booking_id, user_id, kind, channel, subject, message, status, error, .. } = row;
        let Notification { is_read: read, created_at, sent_at, .. } = row;
        Self { id, booking_id, user_id, kind, channel, subject, message, status, error, read, created_at, sent_at }
    }
}

type SortNotifications = Sort<Notification>;

/// Filters and order of the list.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only notifications of this user. Only an operator may name another user.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Only notifications about tickets of this event.
    #[param(value_type = Option<i64>, minimum = 1)]
    event_id: Option<EventId>,
    /// Only notifications of this kind.
    #[param(inline)]
    kind: Option<NotificationKind>,
    /// Only notifications over this channel.
    #[param(inline)]
    channel: Option<Channel>,
    /// Only notifications with this status.
    #[param(inline)]
    status: Option<NotificationStatus>,
    /// Only notifications that the customer has read, or has not.
    read: Option<bool>,
    /// Order of the list; the newest first by default.
    #[param(inline)]
    sort: Option<SortNotifications>,
}

/// List notifications
///
/// Newest first by default. A customer lists their own notifications, an operator all.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(Filter, PageParams),
    responses((status = 200, description = "One page", body = Vec<NotificationResponse>,
            headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))),
        (status = 400, description = "`invalid`"),
        (status = 403, description = "`forbidden`: another's `userId`")),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<NotificationResponse>, Problem> {
    let Filter { user_id: requested, event_id: event, kind, channel, status, read, sort } = page.filter;
    let order = page.order(sort)?;
    let user = match app.users.visibility(&caller).await?.narrow(requested)? {
        Visibility::All => None,
        Visibility::Only(user) => Some(user),
        Visibility::Nothing => return Ok(page.list_sorted(sort, Vec::new()).map(NotificationResponse::from)),
    };
    let filter = NotificationFilter { user, booking: None, event, kind, channel, status, read };
    let rows = store::notifications(app.writer.database(), filter, &order, page.rows()).await?;
    Ok(page.list_sorted(sort, rows).map(NotificationResponse::from))
}

/// Read a notification
///
/// A customer reads their own notifications, an operator all.
#[utoipa::path(get, path = "/api/v1/notifications/{id}", tag = "notifications", params(("id" = Uuid, Path, example = "01977f5e-6a00-7abc-8def-0123456789ab")),
    responses((status = 200, description = "The notification", body = NotificationResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: it does not exist, or belongs to another user")),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<NotificationId>,
) -> Result<(ETag, Json<NotificationResponse>), Problem> {
    let visibility = app.users.visibility(&caller).await?;
    let row = app.writer.database().get::<Notification>(id).await?;
    let row = row.filter(|row| visibility.includes(row.user_id));
    let row = row.ok_or(Refusal::NotFound(id))?;
    Ok((ETag(row.version), Json(row.into())))
}

/// A change of a notification.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"read": true}))]
pub struct UpdateNotificationRequest {
    /// Whether the customer has read it.
    #[garde(skip)]
    read: bool,
}

/// Mark a notification as read or unread
///
/// Idempotent: a repeated request changes nothing.
#[utoipa::path(patch, path = "/api/v1/notifications/{id}", tag = "notifications", request_body = UpdateNotificationRequest,
    params(("id" = Uuid, Path, example = "01977f5e-6a00-7abc-8def-0123456789ab"),
        ("If-Match" = Option<String>, Header, description = "Only while the notification has this `ETag`")),
    responses((status = 200, description = "The notification after the request", body = NotificationResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 400, description = "`invalid`"),
        (status = 404, description = "`not-found`: it does not exist, or belongs to another user"),
        (status = 412, description = "`precondition-failed`: it has another `ETag`")),
    security(("bearer" = ["customer"])))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<NotificationId>,
    if_match: IfMatch,
    body: Body<UpdateNotificationRequest>,
) -> Result<(ETag, Json<NotificationResponse>), Problem> {
    let owner = match app.users.visibility(&caller).await? {
        Visibility::All => None,
        Visibility::Only(own) => Some(own),
        Visibility::Nothing => return Err(Refusal::NotFound(id).into()),
    };
    let command = if_match.guard::<Notification, _>(id, MarkRead { id, owner, read: body.read });
    let row = app.writer.run(caller.origin, command).await?;
    Ok((ETag(row.version), Json(row.into())))
}

/// List the notifications of a booking
///
/// All of them, newest first: at most one for each kind and channel.
#[utoipa::path(get, path = "/api/v1/bookings/{id}/notifications", tag = "notifications", params(("id" = Uuid, Path, example = "01977f5e-6a00-7abc-8def-0123456789ab")),
    responses((status = 200, description = "The notifications", body = Vec<NotificationResponse>),
        (status = 404, description = "`not-found`: the booking does not exist, or belongs to another user")),
    security(("bearer" = ["customer"])))]
pub async fn of_booking(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    _: Query<NoFilter>,
) -> Result<Json<Vec<NotificationResponse>>, Problem> {
    let visibility = app.users.visibility(&caller).await?;
    let rows = store::about(app.writer.database(), id).await?;
    // A notification names the owner of the booking; while there is none, the bookings service does.
    let owner = match rows.first() {
        Some(row) => Some(row.user_id),
        None => app.bookings.owner(id, &caller.origin).await?,
    };
    if !owner.is_some_and(|owner| visibility.includes(owner)) {
        return Err(Refusal::NoBooking(id).into());
    }
    Ok(Json(rows.into_iter().map(NotificationResponse::from).collect()))
}
