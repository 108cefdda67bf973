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
    store::{self, Entry, Payment},
};

/// One step in the history of a payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "kind": "captured", "amount": 50.00, "currency": "EUR", "providerReference": "ch_6c1a9d0f2b7e48d3a5c4e1f0",
    "at": "2030-06-01T19:30:00Z"
}))]
pub struct EntryOut {
    kind: EntryKind,
    amount: Decimal,
    currency: Currency,
    /// Its id at the provider, where it has one.
    provider_reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Entry> for EntryOut {
    fn from(entry: Entry) -> Self {
        let Entry { kind, amount_minor, currency, provider_reference, at, .. } = entry;
        Self { kind, amount: Money::new(amount_minor, currency).decimal(), currency, provider_reference, at }
    }
}

/// Read what became of an order's payment
///
/// The entries in their order: `intent`, or `free` for an order of nothing; then `captured`, `declined`, `expired`
/// (nobody knew the outcome in time, and nothing was taken) or `cancelled` (the order ended first); and `refunded`.
/// One's own orders; for operators, anybody's. 404 until the seats of the order are held.
#[utoipa::path(get, path = "/api/v1/orders/{id}/payments", tag = "payments",
    params(("id" = Uuid, Path, description = "The order's id, which is the booking's")),
    responses((status = 200, description = "The entries", body = Vec<EntryOut>), Problem),
    security(("bearer" = ["customer"])))]
pub async fn of_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<Vec<EntryOut>>, Problem> {
    if !caller.has(Scope::Operator) {
        caller.require(Scope::Customer)?;
    }
    let found = store::payment_and_entries(app.writer.database(), id).await?;
    let (payment, entries) = found.ok_or(Refusal::NotFound(id))?;
    if !may_see(&app, &caller, &payment).await? {
        return Err(Refusal::NotFound(id).into());
    }
    Ok(Json(entries.into_iter().map(EntryOut::from).collect()))
}

async fn may_see(app: &App, caller: &Caller, payment: &Payment) -> Result<bool, Problem> {
    if caller.has(Scope::Operator) {
        return Ok(true);
    }
    let user = app.users.user_id(caller.subject(), &caller.origin).await?;
    Ok(user == Some(payment.user_id))
}
