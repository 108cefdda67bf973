use std::collections::HashMap;

use axum::extract::State;
use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, Decimal, Money, Reason, UserId, events::Refund};
use boxoffice_http::{
    Problem,
    extract::{Caller, Page, PageParams, PageResponse},
};
use boxoffice_identity::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use crate::{
    domain::{EntryKind, State as PaymentState},
    error::Refusal,
    store::{self, EntriesOf, Entry, Payment, Place},
};

/// Which entries are listed.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only those of this order.
    #[param(value_type = Option<uuid::Uuid>)]
    order_id: Option<BookingId>,
    /// Only this user's; another's is for operators.
    #[param(value_type = Option<i64>, minimum = 1)]
    user_id: Option<UserId>,
    /// Only those of this kind.
    kind: Option<EntryKind>,
    /// Only those of payments that are in this state.
    status: Option<PaymentState>,
}

/// One step in the history of a payment, with where the payment stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "01900000-0000-7000-8000-000000000001", "userId": 1, "kind": "captured", "amount": 50.00,
    "currency": "EUR", "providerReference": "ch_6c1a9d0f2b7e48d3a5c4e1f0", "at": "2030-06-01T19:30:00Z",
    "status": "captured", "reason": null, "refund": "none"
}))]
pub struct PaymentEntryOut {
    order_id: BookingId,
    user_id: UserId,
    kind: EntryKind,
    amount: Decimal,
    currency: Currency,
    /// Its id at the provider, where it has one.
    provider_reference: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Where the payment stands.
    status: PaymentState,
    /// Why nothing was taken.
    reason: Option<Reason>,
    /// How far giving the money back has come.
    refund: Refund,
}

impl PaymentEntryOut {
    fn of(entry: Entry, payment: &Payment) -> Self {
        let Entry { order_id, kind, amount_minor, currency, provider_reference, at, .. } = entry;
        Self {
            order_id,
            user_id: payment.user_id,
            kind,
            amount: Money::new(amount_minor, currency).decimal(),
            currency,
            provider_reference,
            at,
            status: payment.state,
            reason: payment.reason(),
            refund: payment.refund,
        }
    }

    fn place(&self) -> Place {
        Place { order: self.order_id, number: self.kind.number() }
    }
}

/// List payment entries
///
/// One's own; for operators everyone's. Those of the newest order come first, and of each order the last entry.
#[utoipa::path(get, path = "/api/v1/payments", tag = "payments", params(PageParams, Filter),
    responses((status = 200, description = "One page", body = Vec<PaymentEntryOut>,
        headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`"))), Problem),
    security(("bearer" = ["customer"])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page<Filter>,
) -> Result<PageResponse<PaymentEntryOut>, Problem> {
    let Filter { order_id: order, user_id: named, kind, status } = page.filter;
    let before = page.after()?;
    let user = if caller.has(Scope::Operator) {
        named
    } else {
        caller.require(Scope::Customer)?;
        let own = app.users.user_id(caller.subject(), &caller.origin).await?;
        if named.is_some() && named != own {
            return Err(Refusal::AnothersUser.into());
        }
        if own.is_none() {
            return Ok(page.list(Vec::new(), PaymentEntryOut::place));
        }
        own
    };
    let of = EntriesOf { order, user, kind, state: status };
    let (entries, payments) = store::entries(app.writer.database(), of, before, page.rows()).await?;
    let payments: HashMap<_, _> = payments.into_iter().map(|payment| (payment.id, payment)).collect();
    let shown = |entry: Entry| payments.get(&entry.order_id).map(|payment| PaymentEntryOut::of(entry, payment));
    Ok(page.list(entries.into_iter().filter_map(shown).collect(), PaymentEntryOut::place))
}
