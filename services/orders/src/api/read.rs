use axum::{Json, extract::State};
use boxoffice_contracts::{BookingId, EventId, UserId};
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Page, PageParams, PageResponse, Path, Sort},
};
use boxoffice_users_client::Visibility;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    App, is_operator, not_found,
    responses::{HistoryEntryResponse, OrderResponse},
};
use crate::{
    domain::OrderStatus,
    store::{self, HistoryRow, Order, OrderFilter},
};

type SortOrders = Sort<Order>;

/// Query parameters of a list of orders.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrdersQuery {
    /// Lists the orders of this user only. Operators may name any user, customers only themselves.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Lists orders with tickets of this event only.
    #[param(value_type = Option<i64>, minimum = 1)]
    event_id: Option<EventId>,
    /// Lists orders with this status only. `PENDING` is an alias of `CREATED`.
    status: Option<OrderStatus>,
    /// Sort order; defaults to `-createdAt`, newest first.
    #[param(inline)]
    sort: Option<SortOrders>,
}

/// List orders
///
/// Lists the caller's own orders, newest first; for operators, the orders of all users.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(OrdersQuery, PageParams),
    responses(
        (status = 200, description = "One page of orders", body = Vec<OrderResponse>,
            headers(("Link" = Option<String>, description = "URL of the next page, with `rel=\"next\"`; absent on the last page"))),
        (status = 400, description = "`invalid`"),
        (status = 403, description = "`forbidden`: `userId` is another user")),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<OrdersQuery>,
) -> Result<PageResponse<OrderResponse>, Problem> {
    let OrdersQuery { user_id, event_id: event, status, sort } = page.filter;
    let order = page.order(sort)?;
    let user = match app.visibility(&caller).await?.narrow(user_id)? {
        Visibility::All => None,
        Visibility::Only(user) => Some(user),
        Visibility::Nothing => {
            return page.list_sorted(sort, Vec::new()).try_map(|order| OrderResponse::new(&order));
        }
    };
    let filter = OrderFilter { user, event, status };
    let orders = store::orders(app.writer.database(), filter, order, page.rows()).await?;
    page.list_sorted(sort, orders).try_map(|order| OrderResponse::new(&order))
}

/// Read an order
///
/// Returns an order with its history. Customers read their own orders, operators all.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", params(("id" = Uuid, Path, description = "Id of the order and its booking")),
    responses(
        (status = 200, description = "The order", body = OrderResponse,
            headers(("ETag" = String, description = "Version of the order, for `If-Match`"))),
        (status = 404, description = "`not-found`: no such order of the caller")),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<(ETag, Json<OrderResponse>), Problem> {
    let (order, rows) = visible(&app, &caller, id).await?;
    Ok((ETag(order.version), Json(OrderResponse::new(&order)?.with_history(rows))))
}

/// Read the history of an order
///
/// Lists every change of the order, oldest first. Entries are never changed or removed.
#[utoipa::path(get, path = "/api/v1/orders/{id}/history", tag = "orders",
    params(("id" = Uuid, Path, description = "Id of the order and its booking")),
    responses(
        (status = 200, description = "All history entries", body = Vec<HistoryEntryResponse>),
        (status = 404, description = "`not-found`: no such order of the caller")),
    security(("bearer" = ["customer"])))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<Vec<HistoryEntryResponse>>, Problem> {
    let (_, rows) = visible(&app, &caller, id).await?;
    Ok(Json(rows.into_iter().map(HistoryEntryResponse::from).collect()))
}

/// The order with its history, or `not-found` when the caller may not read it.
async fn visible(app: &App, caller: &Caller, id: BookingId) -> Result<(Order, Vec<HistoryRow>), Problem> {
    is_operator(caller)?;
    let (order, rows) = store::with_history(app.writer.database(), id).await?.ok_or_else(|| not_found(id))?;
    if app.visibility(caller).await?.includes(order.user_id) { Ok((order, rows)) } else { Err(not_found(id)) }
}
