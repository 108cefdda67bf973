use std::time::Duration;

use axum::{Json, extract::State};
use boxoffice_contracts::BookingId;
use boxoffice_http::{
    Problem,
    extract::{Body, Caller, Path},
};
use boxoffice_identity::Scope;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{App, by_id, responses::OrderResponse};
use crate::{
    domain::OrderStatus,
    error::{NOT_CANCELLABLE, STATUS_NOT_SETTABLE},
    store,
};

/// How long the response waits for the order to be cancelled after its booking.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// The new status of an order.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"status": "CANCELLED"}))]
pub struct SetOrderStatusRequest {
    /// `CANCELLED`. Every other status is refused with `status-not-settable`.
    #[garde(skip)]
    status: OrderStatus,
}

/// Cancel an order
///
/// Cancels the booking of the order, as `POST /bookings/{id}/cancel` does, and waits a few seconds for the order to
/// follow; a captured payment is refunded. `CANCELLED` is the only status that can be set. Repeating the request changes
/// nothing. Requires the scope `operator`.
#[utoipa::path(put, path = "/api/v1/orders/{id}/status", tag = "orders", request_body = SetOrderStatusRequest,
    params(("id" = Uuid, Path, description = "Id of the order and its booking")),
    responses(
        (status = 200, description = "The order after the cancellation", body = OrderResponse),
        (status = 400, description = "`invalid`: not a status of orders"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`status-not-settable`: a status other than `CANCELLED`; `not-cancellable`: the \
            order has failed"),
        (status = 503, description = "`unavailable`: bookings has not opened the booking of the order yet")),
    security(("bearer" = ["operator"])))]
pub async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    body: Body<SetOrderStatusRequest>,
) -> Result<Json<OrderResponse>, Problem> {
    caller.require(Scope::Operator)?;
    let order = by_id(&app, id).await?;
    if body.into_inner().status != OrderStatus::Cancelled {
        return Err(Problem::new(&STATUS_NOT_SETTABLE, "only the status CANCELLED can be set"));
    }
    match order.status {
        OrderStatus::Cancelled => {}
        OrderStatus::Failed => return Err(Problem::new(&NOT_CANCELLABLE, "the order has failed")),
        _ => app.clients.bookings.cancel(id, caller.subject(), &caller.origin).await?,
    }
    let has_ended = |status| matches!(status, OrderStatus::Cancelled | OrderStatus::Failed);
    let read = || by_id(&app, id);
    app.status_watch.wait(app.writer.clock(), id.get(), CANCEL_TIMEOUT, read, |order| has_ended(order.status)).await?;
    let (order, rows) = store::with_history(app.writer.database(), id).await?.ok_or_else(|| super::not_found(id))?;
    Ok(Json(OrderResponse::new(&order)?.with_history(rows)))
}
