use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, Money, Reason, UserId, events::Refund};
use boxoffice_http::{
    Problem,
    extract::{Caller, ETag, IdempotencyKeyHeader, Path},
};
use boxoffice_identity::Scope;
use boxoffice_writer::{Effect, Idempotent};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::{commands::RetryRefund, domain::PaymentStatus, error::Refusal, store::Payment};

/// The payment of one order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment, example = json!({
    "orderId": "01900000-0000-7000-8000-000000000001", "userId": 1, "amount": 50.00, "currency": "EUR",
    "status": "captured", "reason": null, "refund": "pending",
    "providerReference": "ch_6c1a9d0f2b7e48d3a5c4e1f0", "createdAt": "2030-06-01T19:30:00Z"
}))]
pub struct PaymentResponse {
    order_id: BookingId,
    user_id: UserId,
    amount: Decimal,
    currency: Currency,
    status: PaymentStatus,
    /// Why nothing was captured; null otherwise.
    reason: Option<Reason>,
    /// The status of the refund.
    refund: Refund,
    /// The provider's id of the charge; null until the amount is captured.
    provider_reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Payment> for PaymentResponse {
    fn from(payment: Payment) -> Self {
        let reason = payment.reason();
        let Payment { id, user_id, amount_minor, currency, status, refund, provider_reference, created_at, .. } =
            payment;
        Self {
            order_id: id,
            user_id,
            amount: Money::new(amount_minor, currency).decimal(),
            currency,
            status,
            reason,
            refund,
            provider_reference,
            created_at,
        }
    }
}

/// Retry a failed refund
///
/// Asks the provider again for a refund that it refused (`refund` is `failed`). The call has the same idempotency key, so
/// the customer is refunded at most once. A refund that is pending or done does not change. Orders and bookings show
/// `failed` until the refund is `done`. For operators; an order that ends without tickets is refunded without a request.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refund", tag = "payments",
    params(("id" = Uuid, Path, description = "Id of the order, which is also the id of its booking"),
        ("Idempotency-Key" = Option<String>, Header, description = "Requests with the same key have one effect")),
    responses((status = 200, description = "The payment after the request", body = PaymentResponse,
            headers(("ETag" = String, description = "Its version"),
                ("Idempotency-Replayed" = Option<String>, description = "`true` when an earlier request with the key had the effect"))),
        (status = 404, description = "`not-found`: the order has no payment"),
        (status = 409, description = "`nothing-to-refund`")),
    security(("bearer" = ["operator"])))]
pub async fn retry(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    key: IdempotencyKeyHeader,
) -> Result<Response, Problem> {
    caller.require(Scope::Operator)?;
    let key = key.bound(&caller, &format!("POST /orders/{id}/refund"), &());
    let (payment, replayed) =
        match app.writer.run(caller.origin, Idempotent { key, command: RetryRefund { order: id } }).await? {
            Effect::Fresh(payment) => (payment, false),
            Effect::Replayed(_) => {
                (app.writer.database().get::<Payment>(id).await?.ok_or(Refusal::NotFound(id))?, true)
            }
        };
    let replayed = replayed.then_some([("idempotency-replayed", "true")]);
    Ok((replayed, ETag(payment.version), Json(PaymentResponse::from(payment))).into_response())
}
