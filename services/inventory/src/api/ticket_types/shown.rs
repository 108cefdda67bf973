use boxoffice_contracts::{Currency, Decimal, EventId, Money, QuotaId, TicketTypeId};
use boxoffice_http::{Problem, extract::ETag};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{App, found},
    store::{self, Quota, TicketType},
};

/// One kind of ticket of one event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "eventId": 1, "quotaId": 1, "name": "General", "price": 25.5, "currency": "EUR", "available": 498
}))]
pub struct TypeOut {
    id: TicketTypeId,
    event_id: EventId,
    quota_id: QuotaId,
    #[schema(example = "General")]
    name: String,
    price: Decimal,
    currency: Currency,
    /// Places that can still be taken.
    pub available: i64,
}

impl TypeOut {
    /// The type with the places of its quota, which is one of `quotas`.
    pub fn of(kind: &TicketType, quotas: &[Quota]) -> Self {
        let quota = quotas.iter().find(|quota| quota.id == kind.quota_id);
        Self {
            id: kind.id,
            event_id: kind.event_id,
            quota_id: kind.quota_id,
            name: kind.name.clone(),
            price: Money::new(kind.price_minor, kind.currency).decimal(),
            currency: kind.currency,
            available: quota.map_or(0, Quota::available),
        }
    }
}

/// The ticket type of an id that a client named, or 404.
pub async fn by_id(app: &App, id: TicketTypeId) -> Result<(ETag, TypeOut), Problem> {
    let (kind, quotas) = found(store::type_and_quota(app.writer.database(), id).await?, "ticket type", id)?;
    Ok((ETag(kind.version), TypeOut::of(&kind, &quotas)))
}
