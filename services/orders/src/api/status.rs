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

use super::{App, by_id, shown::OrderOut};
use crate::{
    domain::OrderStatus,
    error::{NOT_CANCELLABLE, STATUS_NOT_SETTABLE},
    store,
};

/// How long the answer waits for the order to follow its booking.
const PATIENCE: Duration = Duration::from_secs(5);

/// The state that an order is to be in.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"status": "CANCELLED"}))]
pub struct NewStatus {
    /// `CANCELLED`; every other state is reached by what happens to the order.
    #[garde(skip)]
    status: OrderStatus,
}

/// Cancel an order
///
/// For operators: `CANCELLED` is the only state that people can set. The booking is cancelled, as by
/// `POST /bookings/{id}/cancel`, and its order follows; what was paid is given back. Repeated, it is answered in the same
/// way.
#[utoipa::path(put, path = "/api/v1/orders/{id}/status", tag = "orders", request_body = NewStatus,
    params(("id" = Uuid, Path, description = "The booking's")),
    responses(
        (status = 200, description = "The order as it is then", body = OrderOut),
        (status = 400, description = "`invalid`: no state of orders", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`status-not-settable`: another state than `CANCELLED`; `not-cancellable`: the \
            order has failed", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`: bookings has not heard of the order yet", body = Problem,
            content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["operator"])))]
pub async fn set(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    body: Body<NewStatus>,
) -> Result<Json<OrderOut>, Problem> {
    caller.require(Scope::Operator)?;
    let order = by_id(&app, id).await?;
    if body.into_inner().status != OrderStatus::Cancelled {
        return Err(Problem::new(&STATUS_NOT_SETTABLE, "only CANCELLED can be set"));
    }
    match order.status {
        OrderStatus::Cancelled => {}
        OrderStatus::Failed => return Err(Problem::new(&NOT_CANCELLABLE, "the order has failed")),
        _ => app.neighbours.cancel_booking(id, caller.subject(), &caller.origin).await?,
    }
    let is_over = |status| matches!(status, OrderStatus::Cancelled | OrderStatus::Failed);
    let read = || by_id(&app, id);
    app.status_watch.wait(app.writer.clock(), id.get(), PATIENCE, read, |order| is_over(order.status)).await?;
    let (order, rows) = store::with_history(app.writer.database(), id).await?.ok_or_else(|| super::no_order(id))?;
    Ok(Json(OrderOut::of(&order)?.with_history(rows)))
}
