use boxoffice_contracts::{Currency, Lines, OrganizerId, PaymentToken, UserId, events::PlacedThrough};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::open_order::Opening;
use crate::{error::Refusal, store::Order};

/// A customer orders without having booked. Its seats are not held yet; inventory takes them when it hears of the order,
/// or refuses them, and bookings opens the booking of the same id.
pub struct PlaceOrder {
    /// Who owes.
    pub user: UserId,
    /// Who sells.
    pub organizer: OrganizerId,
    /// What is ordered, at the prices of the quote.
    pub lines: Lines,
    /// Of all lines.
    pub currency: Currency,
    /// What to charge.
    pub payment_token: PaymentToken,
    /// What the customer wants to be remembered with it.
    pub note: Option<String>,
}

impl Resource for Order {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for PlaceOrder {
    type Answer = Order;
    type Refusal = Refusal;

    fn read_set(&self, _: &mut ReadSet<'_>) {}

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Order, Refusal> {
        let opening = Opening {
            id: context.id().into(),
            user: self.user,
            organizer: self.organizer,
            lines: self.lines.clone(),
            currency: self.currency,
            placed_through: PlacedThrough::Orders,
            payment_token: self.payment_token.clone(),
            note: match &self.note {
                Some(note) => format!("placed through orders: {note}"),
                None => "placed through orders".into(),
            },
        };
        opening.open(work, context)
    }
}
