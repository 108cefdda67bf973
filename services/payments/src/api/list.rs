use std::collections::HashMap;

use axum::extract::State;
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, Money, Reason, UserId, events::Refund};
use boxoffice_http::{
    Problem,
    extract::{Caller, Page, PageParams, PageResponse},
};
use boxoffice_users_client::Visibility;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use crate::{
    domain::{EntryKind, PaymentStatus},
    store::{self, EntriesFilter, Entry, EntryPosition, Payment},
};

/// Filters of the list.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only entries of this order.
    #[param(value_type = Option<uuid::Uuid>)]
    order_id: Option<BookingId>,
    /// Only entries of this user's orders. Only an operator may name another user.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Only entries of this kind.
    kind: Option<EntryKind>,
    /// Only entries of payments with this status.
    status: Option<PaymentStatus>,
}

/// An entry in the history of a payment, with the status of the payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "01900000-0000-7000-8000-000000000001", "userId": 1, "kind": "captured", "amount": 50.00,
    "currency": "EUR", "providerReference": "ch_6c1a9d0f2b7e48d3a5c4e1f0", "at": "2030-06-01T19:30:00Z",
    "status": "captured", "reason": null, "refund": "none"
}))]
pub struct PaymentEntryResponse {
    order_id: BookingId,
    user_id: UserId,
    kind: EntryKind,
    amount: Decimal,
    currency: Currency,
    /// The provider's id of the charge or refund; null for other kinds.
    provider_reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The status of the payment.
    status: PaymentStatus,
    /// Why nothing was captured; null otherwise.
    reason: Option<Reason>,
    /// The status of the refund.
    refund: Refund,
}

impl PaymentEntryResponse {
    fn of(entry: Entry, payment: &Payment) -> Self {
        let Entry { order_id, kind, amount_minor, currency, provider_reference, recorded_at: at, .. } = entry;
        Self {
            order_id,
            user_id: payment.user_id,
            kind,
            amount: Money::new(amount_minor, currency).decimal(),
            currency,
            provider_reference,
            at,
            status: payment.status,
            reason: payment.reason(),
            refund: payment.refund,
        }
    }

    fn position(&self) -> EntryPosition {
        EntryPosition { order: self.order_id, number: self.kind.number() }
    }
}

/// List payment entries
///
/// The newest order first, and of each order its last entry first. A customer lists their own entries, an operator all.
#[utoipa::path(get, path = "/api/v1/payments", tag = "payments", params(PageParams, Filter),
    responses((status = 200, description = "One page", body = Vec<PaymentEntryResponse>,
        headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`")))),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<PaymentEntryResponse>, Problem> {
    let Filter { order_id: order, user_id: requested, kind, status } = page.filter;
    let before = page.after()?;
    let user = match app.users.visibility(&caller).await?.narrow(requested)? {
        Visibility::All => None,
        Visibility::Only(user) => Some(user),
        Visibility::Nothing => return Ok(page.list(Vec::new(), PaymentEntryResponse::position)),
    };
    let filter = EntriesFilter { order, user, kind, status };
    let (entries, payments) = store::entries(app.writer.database(), filter, before, page.rows()).await?;
    let payments: HashMap<_, _> = payments.into_iter().map(|payment| (payment.id, payment)).collect();
    let response = |entry: Entry| payments.get(&entry.order_id).map(|payment| PaymentEntryResponse::of(entry, payment));
    Ok(page.list(entries.into_iter().filter_map(response).collect(), PaymentEntryResponse::position))
}
