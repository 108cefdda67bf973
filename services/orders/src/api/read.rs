use axum::{Json, extract::State};
use boxoffice_chassis::{
    Problem,
    extract::{Caller, Listed, Page, PageParams, Path},
};
use boxoffice_contracts::{BookingId, UserId};
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

/// Which orders are listed.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only this user's; another's is for operators.
    user_id: Option<UserId>,
    /// Only in this state. `PENDING` is read as `CREATED`.
    status: Option<OrderStatus>,
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
pub async fn list(State(app): State<App>, caller: Caller, page: Page<Filter>) -> Result<Listed<OrderOut>, Problem> {
    let Filter { user_id, status } = page.filter;
    let before = page.after()?;
    let user = if is_operator(&caller)? {
        user_id
    } else {
        let own = app.user_of(&caller).await?;
        if user_id.is_some() && user_id != own {
            return Err(anothers());
        }
        let Some(own) = own else { return Ok(page.list(Vec::new(), |last: &OrderOut| last.id)) };
        Some(own)
    };
    let orders = store::orders(app.writer.database(), OrdersOf { user, status }, before, page.rows()).await?;
    let orders = orders.iter().map(OrderOut::of).collect::<Result<_, _>>()?;
    Ok(page.list(orders, |last| last.id))
}

/// Read an order
///
/// With its history.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", params(("id" = Uuid, Path, description = "The booking's")),
    responses(
        (status = 200, description = "The order", body = OrderOut),
        (status = 404, description = "`not-found`: none, or another's", body = Problem,
            content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["customer"])))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<OrderOut>, Problem> {
    let (order, rows) = seen(&app, &caller, id).await?;
    Ok(Json(OrderOut::of(&order)?.with_history(rows)))
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
