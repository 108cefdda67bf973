use axum::{Json, extract::State};
use boxoffice_contracts::{BookingId, EventId, UserId};
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, Page, PageParams, PageResponse, Path, Sort},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    App, anothers, is_operator, no_order,
    shown::{OrderOut, StepOut},
};
use crate::{
    domain::OrderStatus,
    store::{self, HistoryRow, Order, OrdersOf},
};

type SortOrders = Sort<Order>;

/// Which orders are listed.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only this user's; another's is for operators.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Only those with tickets of this event.
    #[param(value_type = Option<i64>, minimum = 1)]
    event_id: Option<EventId>,
    /// Only in this state. `PENDING` is read as `CREATED`.
    status: Option<OrderStatus>,
    /// In which order; the newest first unless it is said.
    #[param(inline)]
    sort: Option<SortOrders>,
}

/// List one's own orders
///
/// Newest first; operators see everyone's.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(Filter, PageParams),
    responses(
        (status = 200, description = "One page", body = Vec<OrderOut>,
            headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`; none behind the last"))),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: another's `userId`", body = Problem,
            content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<OrderOut>, Problem> {
    let Filter { user_id, event_id: event, status, sort } = page.filter;
    let order = page.order(sort)?;
    let user = if is_operator(&caller)? {
        user_id
    } else {
        let own = app.user_of(&caller).await?;
        if user_id.is_some() && user_id != own {
            return Err(anothers());
        }
        if own.is_none() {
            return page.list_sorted(sort, Vec::new()).try_map(|order| OrderOut::of(&order));
        }
        own
    };
    let of = OrdersOf { user, event, status };
    let orders = store::orders(app.writer.database(), of, order, page.rows()).await?;
    page.list_sorted(sort, orders).try_map(|order| OrderOut::of(&order))
}

/// Read an order
///
/// With its history.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", params(("id" = Uuid, Path, description = "The booking's")),
    responses(
        (status = 200, description = "The order", body = OrderOut,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<(ETag, Json<OrderOut>), Problem> {
    let (order, rows) = seen(&app, &caller, id).await?;
    Ok((ETag(order.version), Json(OrderOut::of(&order)?.with_history(rows))))
}

/// Read the history of an order
///
/// Every step that it has taken, the first one first. Steps are only added.
#[utoipa::path(get, path = "/api/v1/orders/{id}/history", tag = "orders",
    params(("id" = Uuid, Path, description = "The booking's")),
    responses(
        (status = 200, description = "All steps", body = Vec<StepOut>),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["customer"])))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<Vec<StepOut>>, Problem> {
    let (_, rows) = seen(&app, &caller, id).await?;
    Ok(Json(rows.into_iter().map(StepOut::from).collect()))
}

/// The order, when the caller may see it.
async fn seen(app: &App, caller: &Caller, id: BookingId) -> Result<(Order, Vec<HistoryRow>), Problem> {
    let is_operator = is_operator(caller)?;
    let (order, rows) = store::with_history(app.writer.database(), id).await?.ok_or_else(|| no_order(id))?;
    if is_operator || app.user_of(caller).await? == Some(order.user_id) { Ok((order, rows)) } else { Err(no_order(id)) }
}
