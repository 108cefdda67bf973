use boxoffice_contracts::{Currency, Decimal, EventId, Money, QuotaId, TicketTypeId};
use boxoffice_http::{Problem, extract::ETag};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{App, found},
    store::{self, Quota, TicketType},
};

/// A ticket type with its available seats.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 1, "eventId": 1, "quotaId": 1, "name": "General", "price": 25.5, "currency": "EUR", "available": 498
}))]
pub struct TicketTypeResponse {
    id: TicketTypeId,
    event_id: EventId,
    quota_id: QuotaId,
    #[schema(example = "General")]
    name: String,
    price: Decimal,
    currency: Currency,
    /// The number of seats that can be bought; types that share a quota share these seats.
    pub available: i64,
}

impl TicketTypeResponse {
    /// The response for `ticket_type`, whose quota is one of `quotas`.
    pub fn of(ticket_type: &TicketType, quotas: &[Quota]) -> Self {
        let quota = quotas.iter().find(|quota| quota.id == ticket_type.quota_id);
        Self {
            id: ticket_type.id,
            event_id: ticket_type.event_id,
            quota_id: ticket_type.quota_id,
            name: ticket_type.name.clone(),
            price: Money::new(ticket_type.price_minor, ticket_type.currency).decimal(),
            currency: ticket_type.currency,
            available: quota.map_or(0, |quota| quota.seats().available()),
        }
    }
}

/// The response and the `ETag` of a ticket type.
///
/// # Errors
/// 404 when there is no ticket type `id`.
pub async fn read_by_id(app: &App, id: TicketTypeId) -> Result<(ETag, TicketTypeResponse), Problem> {
    let (ticket_type, quotas) = found(store::type_and_quota(app.writer.database(), id).await?, "ticket type", id)?;
    Ok((ETag(ticket_type.version), TicketTypeResponse::of(&ticket_type, &quotas)))
}
