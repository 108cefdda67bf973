use boxoffice_clock::Timestamp;
use boxoffice_contracts::Reason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SeatChange;

/// Number of times that the owner of a hold can extend it.
pub const MAX_EXTENSIONS: i64 = 2;

/// The status of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HoldStatus {
    /// A buyer has the seats until the hold expires.
    Held,
    /// An order has the seats until its payment is known. The hold does not expire.
    Claimed,
    /// The order is paid.
    Sold,
    /// The seats are available again: the owner released them, or the order ended.
    Released,
    /// The seats are available again: no order claimed them in time.
    Expired,
}

impl HoldStatus {
    /// The statuses in which a hold has seats.
    pub const ACTIVE: [Self; 3] = [Self::Held, Self::Claimed, Self::Sold];

    /// Whether the hold has seats.
    pub fn is_active(self) -> bool {
        Self::ACTIVE.contains(&self)
    }
}

/// The part of a hold that the state machine owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldState {
    /// The status that clients see.
    pub status: HoldStatus,
    /// Why the order of this hold got no seats or lost them. `None` while no order has ended. A hold with a reason is final.
    pub reason: Option<Reason>,
    /// When the hold expires. `None` unless the status is [`HoldStatus::Held`].
    pub expires_at: Option<Timestamp>,
    /// Number of times that the owner extended the hold, at most [`MAX_EXTENSIONS`].
    pub extensions: i64,
}

/// An input of the state machine of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldInput {
    /// A booking is made from the hold, which must live until `until` for the order to claim it.
    Keep {
        /// The earliest acceptable expiry.
        until: Timestamp,
    },
    /// The owner extends the hold at `now` to `until`.
    Extend {
        /// The time of the command.
        now: Timestamp,
        /// The requested expiry; an existing later one is kept.
        until: Timestamp,
    },
    /// The owner returns some of the seats and keeps the others.
    ReturnSeats,
    /// The owner releases the hold.
    Release,
    /// The clock reached `now` and no order has claimed the hold.
    Expire {
        /// The time of the command.
        now: Timestamp,
    },
    /// An order claims the seats that the hold has.
    Claim,
    /// An order takes available seats for a hold that has no seats: it expired, was released, or never existed.
    Retake,
    /// An order cannot get its seats.
    Refuse {
        /// Why the order gets no seats.
        reason: Reason,
    },
    /// The payment of the order succeeded.
    Sell,
    /// The payment of the order failed.
    Decline {
        /// Why the payment failed.
        reason: Reason,
    },
    /// The order ended without tickets: it failed or was cancelled.
    EndOrder {
        /// Why the order ended.
        reason: Reason,
    },
}

/// A change of the state of a hold, and the matching change of the seats in its quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldTransition {
    /// The state after the transition.
    pub to: HoldState,
    /// How the seats of the hold move in their quotas.
    pub seats: SeatChange,
}

impl HoldTransition {
    /// Creates a hold that a buyer takes until `until`.
    pub fn take(until: Timestamp) -> Self {
        let to = HoldState { status: HoldStatus::Held, expires_at: Some(until), ..HoldState::UNTAKEN };
        Self { to, seats: SeatChange::Hold }
    }
}

impl HoldState {
    /// The state of an id that no hold has yet: no seats, and no order has ended.
    pub const UNTAKEN: Self = Self { status: HoldStatus::Released, reason: None, expires_at: None, extensions: 0 };

    /// The transition that `input` causes; `None` when it changes nothing in this state because it is a duplicate, comes
    /// too late, or is not allowed.
    pub fn apply(self, input: HoldInput) -> Option<HoldTransition> {
        use HoldStatus::{Claimed, Expired, Held, Released, Sold};
        let (to, seats) = match (self.status, input) {
            (Held, HoldInput::Keep { until }) if self.expires_at < Some(until) => {
                (Self { expires_at: Some(until), ..self }, SeatChange::Unchanged)
            }
            (Held, HoldInput::Extend { now, until }) if self.is_extendable(now) => {
                let expires_at = self.expires_at.max(Some(until));
                (Self { expires_at, extensions: self.extensions + 1, ..self }, SeatChange::Unchanged)
            }
            (Held, HoldInput::ReturnSeats) => (self, SeatChange::ReleaseHeld),
            (Held, HoldInput::Release) => (self.becomes(Released, None), SeatChange::ReleaseHeld),
            (Held, HoldInput::Expire { now }) if self.is_overdue(now) => {
                (self.becomes(Expired, None), SeatChange::ReleaseHeld)
            }
            (Held, HoldInput::Claim) => (self.becomes(Claimed, None), SeatChange::Unchanged),
            (_, HoldInput::Retake) if self.is_retakable() => (self.becomes(Claimed, None), SeatChange::Hold),
            (_, HoldInput::Refuse { reason } | HoldInput::EndOrder { reason }) if self.is_retakable() => {
                (self.becomes(Released, Some(reason)), SeatChange::Unchanged)
            }
            (Claimed, HoldInput::Sell) => (self.becomes(Sold, None), SeatChange::Sell),
            (Claimed, HoldInput::Decline { reason }) | (Held | Claimed, HoldInput::EndOrder { reason }) => {
                (self.becomes(Released, Some(reason)), SeatChange::ReleaseHeld)
            }
            (Sold, HoldInput::EndOrder { reason }) => (self.becomes(Released, Some(reason)), SeatChange::ReleaseSold),
            _ => return None,
        };
        Some(HoldTransition { to, seats })
    }

    /// Whether an order can take seats again under this id: the hold expired, or its owner released it, and its
    /// order, which has the same id, has not ended.
    pub fn is_retakable(self) -> bool {
        // The reason of an expired hold is always `None`, because no order has claimed it.
        matches!((self.status, self.reason), (HoldStatus::Expired, _) | (HoldStatus::Released, None))
    }

    /// Whether the hold has reached its end at `now`.
    pub fn is_overdue(self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    fn is_extendable(self, now: Timestamp) -> bool {
        self.expires_at > Some(now) && self.extensions < MAX_EXTENSIONS
    }

    fn becomes(self, status: HoldStatus, reason: Option<Reason>) -> Self {
        Self { status, reason, expires_at: None, ..self }
    }
}

#[cfg(test)]
mod tests;
