use axum::{Json, extract::State};
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, Money};
use boxoffice_http::{
    Problem,
    extract::{Caller, Path},
};
use boxoffice_identity::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::{
    domain::EntryKind,
    error::Refusal,
    store::{self, Entry},
};

/// An entry in the history of a payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "kind": "captured", "amount": 50.00, "currency": "EUR", "providerReference": "ch_6c1a9d0f2b7e48d3a5c4e1f0",
    "at": "2030-06-01T19:30:00Z"
}))]
pub struct EntryResponse {
    kind: EntryKind,
    amount: Decimal,
    currency: Currency,
    /// The provider's id of the charge or refund; null for other kinds.
    provider_reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Entry> for EntryResponse {
    fn from(entry: Entry) -> Self {
        let Entry { kind, amount_minor, currency, provider_reference, recorded_at: at, .. } = entry;
        Self { kind, amount: Money::new(amount_minor, currency).decimal(), currency, provider_reference, at }
    }
}

/// List the payment entries of an order
///
/// Oldest first: `intent`, or `free` for a free order; then `captured`, `declined`, `expired` (the deadline passed without
/// an outcome, and nothing was captured) or `cancelled` (the order ended first); then `refunded`. A customer reads their
/// own orders, an operator all orders. 404 until the seats of the order are reserved.
#[utoipa::path(get, path = "/api/v1/orders/{id}/payments", tag = "payments",
    params(("id" = Uuid, Path, description = "Id of the order, which is also the id of its booking")),
    responses((status = 200, description = "The entries", body = Vec<EntryResponse>)),
    security(("bearer" = ["customer"])))]
pub async fn of_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<Vec<EntryResponse>>, Problem> {
    if !caller.has(Scope::Operator) {
        caller.require(Scope::Customer)?;
    }
    let found = store::payment_and_entries(app.writer.database(), id).await?;
    let (payment, entries) = found.ok_or(Refusal::NotFound(id))?;
    if !app.users.visibility(&caller).await?.includes(payment.user_id) {
        return Err(Refusal::NotFound(id).into());
    }
    Ok(Json(entries.into_iter().map(EntryResponse::from).collect()))
}
