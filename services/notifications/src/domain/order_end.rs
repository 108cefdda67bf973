use boxoffice_contracts::{
    Reason,
    events::{NotificationKind, OrderCancelled, OrderConfirmed, OrderFailed, OrderSummary},
};

/// The end of an order, about which its customer is notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEnd {
    /// The order: what was bought, by whom, at which price.
    pub order: OrderSummary,
    /// How the order ended.
    pub outcome: OrderOutcome,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOutcome {
    /// The booking has its tickets.
    Confirmed,
    /// The booking has no tickets, for this reason.
    Failed(Reason),
    /// A person cancelled the order.
    Cancelled,
}

impl OrderOutcome {
    /// The kind of the notification about this outcome.
    pub fn kind(self) -> NotificationKind {
        match self {
            Self::Confirmed => NotificationKind::BookingConfirmed,
            Self::Failed(_) => NotificationKind::BookingFailed,
            Self::Cancelled => NotificationKind::BookingCancelled,
        }
    }
}

impl From<OrderConfirmed> for OrderEnd {
    fn from(event: OrderConfirmed) -> Self {
        Self { order: event.into(), outcome: OrderOutcome::Confirmed }
    }
}

impl From<OrderFailed> for OrderEnd {
    fn from(event: OrderFailed) -> Self {
        let outcome = OrderOutcome::Failed(event.reason);
        Self { order: event.into(), outcome }
    }
}

impl From<OrderCancelled> for OrderEnd {
    fn from(event: OrderCancelled) -> Self {
        Self { order: event.into(), outcome: OrderOutcome::Cancelled }
    }
}
