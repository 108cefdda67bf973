use boxoffice_clock::Timestamp;
use boxoffice_contracts::{Item, Line, Lines, Quantity, TicketTypeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{error::Refusal, store::Hold};

/// How often the end of a hold can be put off.
pub const MOST_EXTENSIONS: i64 = 2;

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

impl HoldStatus {
    /// Those in which places count as taken.
    pub const ACTIVE: [Self; 3] = [Self::Held, Self::Claimed, Self::Sold];
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use boxoffice_contracts::{BookingId, Currency, EventId, OrganizerId};
    use boxoffice_database::Json;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_900_000_000_000_000);

    fn lines(of: &[(i64, u32)]) -> Lines {
        let line = |(kind, quantity): &(i64, u32)| Line {
            event_id: EventId::from(1),
            ticket_type_id: TicketTypeId::from(*kind),
            name: "General".into(),
            quantity: Quantity::new(*quantity).unwrap(),
            unit_price_minor: 100,
        };
        of.iter().map(line).collect()
    }

    fn held(status: HoldStatus, left: Duration) -> Hold {
        Hold {
            id: BookingId::from(uuid::Uuid::from_u128(1)),
            organizer_id: OrganizerId::from(1),
            owner: "ann".into(),
            lines: Json(lines(&[(1, 2)])),
            currency: Currency::EUR,
            status,
            reason: None,
            taken_at: NOW,
            expires_at: Some(NOW.plus(left)),
            extensions: 0,
            version: 1,
        }
    }

    proptest! {
        /// Places that are given back and those that stay are those that were held, and no other type has fewer.
        #[test]
        fn what_is_given_back_was_held(
            held in prop::collection::vec((1..4_i64, 1..=100_u32), 0..6), kind in 1..4_i64, wanted in 0..=300_u32,
        ) {
            let before = lines(&held);
            let kind = TicketTypeId::from(kind);
            let (rest, given) = without(&before, kind, wanted);
            let of_kind = |lines: &Lines| -> u32 {
                lines.iter().filter(|line| line.ticket_type_id == kind).map(|line| line.quantity.get()).sum()
            };
            prop_assert_eq!(given, wanted.min(of_kind(&before)));
            prop_assert_eq!(of_kind(&rest) + given, of_kind(&before));
            let others = |lines: &Lines| -> Vec<Line> {
                lines.iter().filter(|line| line.ticket_type_id != kind).cloned().collect()
            };
            prop_assert_eq!(others(&rest), others(&before));
        }

        /// Whenever it is asked for, the end is put off twice at most and never drawn nearer, and a hold that ran out has
        /// no end that could be put off.
        #[test]
        fn an_end_is_put_off_twice_and_never_drawn_nearer(steps in prop::collection::vec((0..100_u64, 0..200_u64), 1..8)) {
            let mut hold = held(HoldStatus::Held, Duration::from_secs(60));
            let (mut now, mut done) = (NOW, 0);
            for (later, life) in steps {
                now = now.plus(Duration::from_secs(later));
                let before = hold.clone();
                let is_over = before.expires_at <= Some(now);
                match hold.extend(now, now.plus(Duration::from_secs(life))) {
                    Ok(()) => {
                        done += 1;
                        prop_assert!(!is_over && hold.expires_at >= before.expires_at);
                    }
                    Err(refusal) => {
                        let expected = if is_over { Refusal::HoldOver } else { Refusal::ExtendedTwice };
                        prop_assert_eq!((refusal, hold.clone()), (expected, before));
                    }
                }
                prop_assert!(done <= MOST_EXTENSIONS && hold.extensions == done);
            }
        }
    }

    #[test]
    fn only_what_is_held_is_extended() {
        let minute = Duration::from_secs(60);
        for (status, refusal) in [
            (HoldStatus::Claimed, Refusal::HoldClaimed),
            (HoldStatus::Sold, Refusal::HoldClaimed),
            (HoldStatus::Released, Refusal::HoldOver),
            (HoldStatus::Expired, Refusal::HoldOver),
        ] {
            assert_eq!(held(status, minute).extend(NOW, NOW.plus(minute)), Err(refusal), "{status:?}");
        }
    }
}
