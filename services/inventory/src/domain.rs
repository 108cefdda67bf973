//! Nouns and rules: what can be sold, and how places are taken and given back. Pure.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Currency, Decimal, EventId, Item, Line, Lines, OrganizerId, Quantity, Reason, TicketTypeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::Refusal,
    store::{Event, Hold, Quota, TicketType},
};

/// Lines of one hold, booking or order.
pub const MAX_LINES: usize = 20;

/// Ticket types of one event.
pub const MAX_TYPES: usize = 100;

/// How often the end of a hold can be put off.
pub const MOST_EXTENSIONS: i64 = 2;

/// The largest capacity.
pub const MAX_CAPACITY: i64 = 1_000_000_000;

/// The highest price of one ticket, in whole units of its currency. The total of as many lines as there can be of as many
/// tickets as there can be at this price, in the smallest minor unit that there is, is far from what an amount can be.
pub const MAX_PRICE: i64 = 1_000_000_000;

/// A price as it is kept, in minor units.
///
/// # Errors
/// What would have been right: not negative, at most [`MAX_PRICE`], and no parts of a minor unit.
pub fn price_minor(price: Decimal, currency: Currency) -> Result<i64, String> {
    let price = price.in_currency(currency).map_err(|e| e.to_string())?;
    let most = MAX_PRICE * 10_i64.pow(currency.digits().into());
    if (0..=most).contains(&price.minor) { Ok(price.minor) } else { Err(format!("expected 0 to {MAX_PRICE}")) }
}

/// The form of an IANA name of a time zone; which of them exist is for whoever shows the time.
///
/// # Errors
/// What would have been right. The unit is for [`garde`].
pub fn is_time_zone(name: &str, (): &()) -> garde::Result {
    let fits = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if fits { Ok(()) } else { Err(garde::Error::new("expected a name such as Europe/Berlin")) }
}

/// Whether an event's tickets can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// They can.
    OnSale,
    /// Not any more, or not yet.
    Closed,
    /// The event will not take place.
    Cancelled,
}

impl EventStatus {
    /// What an event becomes that is to be `next`. Selling can be ended and begun again; what is cancelled stays so.
    ///
    /// # Errors
    /// [`Refusal::Cancelled`].
    pub fn after(self, next: Self) -> Result<Self, Refusal> {
        match (self, next) {
            (Self::Cancelled, Self::OnSale | Self::Closed) => Err(Refusal::Cancelled),
            (Self::OnSale | Self::Closed | Self::Cancelled, next) => Ok(next),
        }
    }
}

impl Event {
    /// Whether its tickets can be bought at `now`: it is on sale and has not begun.
    pub fn sells(&self, now: Timestamp) -> bool {
        self.status == EventStatus::OnSale && self.starts_at > now
    }
}

/// The life of a hold: `held` becomes `claimed` by an order and `sold` by its payment; `expired` when nobody claimed
/// it in time; `released` when its owner, a failed payment or a cancellation gave the places back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HoldStatus {
    /// Taken, until it runs out.
    Held,
    /// An order pays for it: it does not run out.
    Claimed,
    /// Paid.
    Sold,
    /// Given back.
    Released,
    /// Ran out.
    Expired,
}

/// What a client asks for in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Tickets of this type.
    Type(TicketTypeId, Quantity),
    /// Tickets of the event's first type.
    Event(EventId, Quantity),
}

impl Wanted {
    /// How many.
    pub fn quantity(self) -> Quantity {
        match self {
            Self::Type(_, quantity) | Self::Event(_, quantity) => quantity,
        }
    }
}

impl HoldStatus {
    /// Those in which places count as taken.
    pub const ACTIVE: [Self; 3] = [Self::Held, Self::Claimed, Self::Sold];
}

impl Quota {
    /// Places that can still be taken.
    pub fn available(&self) -> i64 {
        self.capacity - self.taken()
    }

    /// Places that cannot be taken: held or sold.
    pub fn taken(&self) -> i64 {
        self.held + self.sold
    }

    /// Takes `places` out of what is available.
    ///
    /// # Errors
    /// [`Refusal::SoldOut`] when fewer are left.
    pub fn hold(&mut self, places: i64) -> Result<(), Refusal> {
        if places > self.available() {
            return Err(Refusal::SoldOut { wanted: places, available: self.available() });
        }
        self.held += places;
        Ok(())
    }

    /// Gives places back that were held.
    pub fn release_held(&mut self, places: i64) {
        self.held -= places;
    }

    /// Gives places back that were sold.
    pub fn release_sold(&mut self, places: i64) {
        self.sold -= places;
    }

    /// What was held is sold.
    pub fn sell(&mut self, places: i64) {
        self.held -= places;
        self.sold += places;
    }

    /// Sets the capacity.
    ///
    /// # Errors
    /// [`Refusal::CapacityTaken`] below what is held and sold.
    pub fn resize(&mut self, capacity: i64) -> Result<(), Refusal> {
        if capacity < self.taken() {
            return Err(Refusal::CapacityTaken { taken: self.taken() });
        }
        self.capacity = capacity;
        Ok(())
    }
}

impl Hold {
    /// Whether its places count as taken.
    pub fn is_active(&self) -> bool {
        HoldStatus::ACTIVE.contains(&self.status)
    }

    /// Puts the end off to `until`; an end that is later stays.
    ///
    /// # Errors
    /// [`Refusal::HoldClaimed`] when an order has it, [`Refusal::HoldOver`] when it has ended or run out by `now`, and
    /// [`Refusal::ExtendedTwice`].
    pub fn extend(&mut self, now: Timestamp, until: Timestamp) -> Result<(), Refusal> {
        match (self.status, self.expires_at) {
            (HoldStatus::Claimed | HoldStatus::Sold, _) => Err(Refusal::HoldClaimed),
            (HoldStatus::Held, Some(end)) if end > now => {
                if self.extensions >= MOST_EXTENSIONS {
                    return Err(Refusal::ExtendedTwice);
                }
                self.extensions += 1;
                self.expires_at = Some(end.max(until));
                Ok(())
            }
            (HoldStatus::Held | HoldStatus::Released | HoldStatus::Expired, _) => Err(Refusal::HoldOver),
        }
    }

    /// Whether an order that comes now may take the places anew: nobody ended it, it only ran out or was given back
    /// by its owner before there was an order.
    pub fn may_be_taken_again(&self) -> bool {
        match self.status {
            HoldStatus::Expired => true,
            HoldStatus::Released => self.reason.is_none(),
            _ => false,
        }
    }
}

/// Whether a hold has what an order asks for. It may have less where its owner gave some of it back.
pub fn is_for(hold: &Lines, order: &[Item]) -> bool {
    let ordered = order.iter().map(|item| (item.product_id, item.quantity));
    hold.iter().map(|line| (line.ticket_type_id, line.quantity)).eq(ordered)
}

/// All lines of one hold are sold by one organizer in one currency.
///
/// # Errors
/// [`Refusal::MixedLines`].
pub fn seller<'t>(types: impl IntoIterator<Item = &'t TicketType>) -> Result<(OrganizerId, Currency), Refusal> {
    let mut types = types.into_iter();
    let first = types.next().ok_or(Refusal::NoLines)?;
    let seller = (first.organizer_id, first.currency);
    if types.all(|other| (other.organizer_id, other.currency) == seller) {
        Ok(seller)
    } else {
        Err(Refusal::MixedLines)
    }
}

/// Tickets of a type as they are sold at this moment.
pub fn line(of: &TicketType, quantity: Quantity) -> Line {
    Line {
        event_id: of.event_id,
        ticket_type_id: of.id,
        name: of.name.clone(),
        quantity,
        unit_price_minor: of.price_minor,
    }
}

/// `lines` without up to `places` tickets of a type, the last such line first, and how many that are.
pub fn without(lines: &Lines, kind: TicketTypeId, places: u32) -> (Lines, u32) {
    let mut taken = 0;
    let mut less = |line: &Line| {
        let here = if line.ticket_type_id == kind { line.quantity.get().min(places - taken) } else { 0 };
        taken += here;
        let quantity = Quantity::new(line.quantity.get() - here).ok()?;
        Some(Line { quantity, ..line.clone() })
    };
    let mut rest: Vec<Line> = lines.iter().rev().filter_map(&mut less).collect();
    rest.reverse();
    (Lines::from(rest), taken)
}

/// Why an order that asked for places was refused them.
pub fn reason_of(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::SoldOut { .. } => Reason::SoldOut,
        Refusal::PriceChanged => Reason::PriceChanged,
        _ => Reason::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_contracts::QuotaId;
    use proptest::prelude::*;

    use super::*;

    fn quota(capacity: i64) -> Quota {
        let (id, event_id, organizer_id) = (QuotaId::from(1), EventId::from(1), OrganizerId::from(1));
        Quota { id, event_id, organizer_id, capacity, held: 0, sold: 0, version: 1 }
    }

    #[derive(Clone, Copy, Debug)]
    enum Move {
        Hold(i64),
        Sell(i64),
        ReleaseHeld(i64),
        ReleaseSold(i64),
        Resize(i64),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let one = prop_oneof![
            (1..50_i64).prop_map(Move::Hold),
            (1..50_i64).prop_map(Move::Sell),
            (1..50_i64).prop_map(Move::ReleaseHeld),
            (1..50_i64).prop_map(Move::ReleaseSold),
            (0..200_i64).prop_map(Move::Resize),
        ];
        prop::collection::vec(one, 1..100)
    }

    proptest! {
        /// Whatever is asked for in whatever order, places are neither oversold nor lost.
        #[test]
        fn places_are_conserved(moves in moves()) {
            let mut quota = quota(100);
            for step in moves {
                let before = quota.clone();
                let done = match step {
                    Move::Hold(n) => quota.hold(n).is_ok(),
                    Move::Sell(n) if n <= quota.held => { quota.sell(n); true }
                    Move::ReleaseHeld(n) if n <= quota.held => { quota.release_held(n); true }
                    Move::ReleaseSold(n) if n <= quota.sold => { quota.release_sold(n); true }
                    Move::Resize(n) => quota.resize(n).is_ok(),
                    _ => false,
                };
                prop_assert!(done || quota == before, "a refusal changes nothing");
                prop_assert!(quota.held >= 0 && quota.sold >= 0 && quota.available() >= 0);
                prop_assert_eq!(quota.available() + quota.held + quota.sold, quota.capacity);
            }
        }
    }

    #[test]
    fn one_place_too_many_is_refused() {
        let mut quota = quota(2);
        assert!(matches!(quota.hold(3), Err(Refusal::SoldOut { wanted: 3, available: 2 })));
        quota.hold(2).unwrap();
        assert!(matches!(quota.resize(1), Err(Refusal::CapacityTaken { taken: 2 })));
    }
}
