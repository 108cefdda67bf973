use axum::extract::State;
use boxoffice_chassis::{
    Problem,
    extract::{Caller, Listed, Page, PageParams},
};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, Money, Reason, UserId, events::Refund};
use boxoffice_identity::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use crate::{
    domain::State as PaymentState,
    store::{self, Payment},
};

/// Which payments are listed.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only in this state.
    status: Option<PaymentState>,
}

/// What is asked of the provider for one order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "01900000-0000-7000-8000-000000000001", "userId": 1, "amount": 50.00, "currency": "EUR",
    "status": "captured", "reason": null, "refund": "none",
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

/// List payments
///
/// Newest first. For operators.
#[utoipa::path(get, path = "/api/v1/payments", tag = "payments", params(PageParams, Filter),
    responses((status = 200, description = "One page", body = Vec<PaymentOut>), Problem),
    security(("bearer" = ["operator"])))]
pub async fn list(State(app): State<App>, caller: Caller, page: Page<Filter>) -> Result<Listed<PaymentOut>, Problem> {
    caller.require(Scope::Operator)?;
    let payments = store::payments(app.writer.database(), page.filter.status, page.after()?, page.rows()).await?;
    Ok(page.list(payments.into_iter().map(PaymentOut::from).collect(), |last| last.order_id))
}
