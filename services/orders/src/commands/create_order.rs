use boxoffice_contracts::{Currency, Lines, OrganizerId, PaymentToken, UserId, events::PlacedThrough};
use boxoffice_writer::{Command, CommandContext, ReadSet, Resource, UnitOfWork};

use super::new_order::NewOrder;
use crate::{error::Refusal, store::Order};

/// Creates an order that was placed through orders, without a booking. Its seats are not held yet: inventory holds or
/// refuses them after `OrderCreated`, and bookings opens the booking with the same id.
pub struct CreateOrder {
    /// The user who pays.
    pub user: UserId,
    /// The organizer who sells all of the lines.
    pub organizer: OrganizerId,
    /// The ordered lines, at the prices of the quote.
    pub lines: Lines,
    /// Currency of all lines.
    pub currency: Currency,
    /// The payment token to charge.
    pub payment_token: PaymentToken,
    /// The customer's note, stored in the first row of the history.
    pub note: Option<String>,
}

impl Resource for Order {
    fn resource_id(&self) -> String {
        self.id.to_string()
    }
}

impl Command for CreateOrder {
    type Answer = Order;
    type Refusal = Refusal;

    fn read_set(&self, _: &mut ReadSet<'_>) {}

    fn decide(&self, work: &mut UnitOfWork, context: &CommandContext) -> Result<Order, Refusal> {
        let new = NewOrder {
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
        new.insert(work, context)
    }
}
