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
use crate::{commands::RepeatRefund, domain::State as PaymentState, error::Refusal, store::Payment};

/// What is asked of the provider for one order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment, example = json!({
    "orderId": "01900000-0000-7000-8000-000000000001", "userId": 1, "amount": 50.00, "currency": "EUR",
    "status": "captured", "reason": null, "refund": "pending",
    "providerReference": "ch_6c1a9d0f2b7e48d3a5c4e1f0", "createdAt": "2030-06-01T19:30:00Z"
}))]
pub struct PaymentOut {
    order_id: BookingId,
    user_id: UserId,
    amount: Decimal,
    currency: Currency,
    status: PaymentState,
    /// Why nothing was taken.
    reason: Option<Reason>,
    /// How far giving the money back has come.
    refund: Refund,
    /// The charge's id at the provider, where it has one.
    provider_reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Payment> for PaymentOut {
    fn from(payment: Payment) -> Self {
        let reason = payment.reason();
        let Payment { id, user_id, amount_minor, currency, state, refund, reference, created_at, .. } = payment;
        Self {
            order_id: id,
            user_id,
            amount: Money::new(amount_minor, currency).decimal(),
            currency,
            status: state,
            reason,
            refund,
            provider_reference: reference,
            created_at,
        }
    }
}

/// Ask for a refund again
///
/// For operators. What was paid for an order that ends without tickets is given back by itself; where the provider refused
/// that (`refund` is `failed`), it is asked once more, under the same key, so that the money is given back once. A refund
/// that is under way or done is left as it is. Orders and bookings show `failed` until it is `done`.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refund", tag = "payments",
    params(("id" = Uuid, Path, description = "The order's id, which is the booking's"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated with the same key, the request has one effect")),
    responses((status = 200, description = "The payment as it is now", body = PaymentOut,
            headers(("ETag" = String, description = "Its version"),
                ("Idempotency-Replayed" = Option<String>, description = "`true`: an earlier request had the effect"))),
        (status = 404, description = "`not-found`: nothing is known of a payment for it", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`nothing-to-refund`", body = Problem, content_type = "application/problem+json"),
        Problem),
    security(("bearer" = ["operator"])))]
pub async fn repeat(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    key: IdempotencyKeyHeader,
) -> Result<Response, Problem> {
    caller.require(Scope::Operator)?;
    let key = key.bound(&caller, &format!("POST /orders/{id}/refund"), &());
    let (payment, replayed) =
        match app.writer.run(caller.origin, Idempotent { key, command: RepeatRefund { order: id } }).await? {
            Effect::Fresh(payment) => (payment, false),
            Effect::Replayed(_) => {
                (app.writer.database().get::<Payment>(id).await?.ok_or(Refusal::NotFound(id))?, true)
            }
        };
    let replayed = replayed.then_some([("idempotency-replayed", "true")]);
    Ok((replayed, ETag(payment.version), Json(PaymentOut::from(payment))).into_response())
}
