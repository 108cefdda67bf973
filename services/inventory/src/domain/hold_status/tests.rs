use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::Seats;

const NOW: Timestamp = Timestamp::from_micros(1_900_000_000_000_000);
const ORDERED: i64 = 3;

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn inputs() -> impl Strategy<Value = Vec<HoldInput>> {
    let reason = prop::sample::select(vec![Reason::Declined, Reason::Cancelled, Reason::Expired, Reason::SoldOut]);
    let time = (0..200_u64).prop_map(after);
    let input = prop_oneof![
        1 => time.clone().prop_map(|until| HoldInput::Keep { until }),
        1 => (time.clone(), time.clone()).prop_map(|(now, until)| HoldInput::Extend { now, until }),
        1 => Just(HoldInput::ReturnSeats),
        1 => Just(HoldInput::Release),
        1 => time.prop_map(|now| HoldInput::Expire { now }),
        3 => Just(HoldInput::Claim),
        3 => Just(HoldInput::Retake),
        1 => reason.clone().prop_map(|reason| HoldInput::Refuse { reason }),
        3 => Just(HoldInput::Sell),
        1 => reason.clone().prop_map(|reason| HoldInput::Decline { reason }),
        1 => reason.prop_map(|reason| HoldInput::EndOrder { reason }),
    ];
    prop::collection::vec(input, 1..40)
}

/// A hold with its number of seats, and the quota from which they come.
struct Sale {
    state: HoldState,
    size: i64,
    quota: Seats,
}

impl Sale {
    fn taken() -> Self {
        let HoldTransition { to, seats } = HoldTransition::take(after(60));
        let quota = Seats { capacity: 10, held: 0, sold: 0 }.apply(seats, ORDERED).unwrap();
        Self { state: to, size: ORDERED, quota }
    }

    /// Does what the commands do with an input: returned seats leave the hold, and an order takes all that it needs.
    fn feed(&mut self, input: HoldInput) -> Option<HoldTransition> {
        if input == HoldInput::ReturnSeats && self.size == 1 {
            return None;
        }
        let transition = self.state.apply(input)?;
        let moved = match input {
            HoldInput::ReturnSeats => 1,
            HoldInput::Retake => ORDERED,
            _ => self.size,
        };
        self.quota = self.quota.apply(transition.seats, moved).unwrap();
        match input {
            HoldInput::ReturnSeats => self.size -= 1,
            HoldInput::Retake => self.size = ORDERED,
            _ => {}
        }
        self.state = transition.to;
        Some(transition)
    }
}

proptest! {
    #[test]
    fn the_quota_counts_exactly_the_seats_of_the_hold(inputs in inputs()) {
        let mut sale = Sale::taken();
        for input in inputs {
            sale.feed(input);
            let (held, sold) = match sale.state.status {
                HoldStatus::Held | HoldStatus::Claimed => (sale.size, 0),
                HoldStatus::Sold => (0, sale.size),
                HoldStatus::Released | HoldStatus::Expired => (0, 0),
            };
            prop_assert_eq!((sale.quota.held, sale.quota.sold), (held, sold), "after {:?}", input);
        }
    }

    #[test]
    fn only_a_claimed_hold_is_sold(inputs in inputs()) {
        let mut sale = Sale::taken();
        for input in inputs {
            let before = sale.state;
            sale.feed(input);
            if sale.state.status == HoldStatus::Sold && before.status != HoldStatus::Sold {
                prop_assert_eq!((before.status, input), (HoldStatus::Claimed, HoldInput::Sell));
            }
        }
    }

    #[test]
    fn an_expired_hold_is_sold_only_after_an_order_took_its_seats_again(inputs in inputs()) {
        let mut state = HoldState { status: HoldStatus::Expired, ..HoldState::UNTAKEN };
        let mut is_retaken = false;
        for input in inputs {
            if let Some(transition) = state.apply(input) {
                is_retaken |= input == HoldInput::Retake;
                state = transition.to;
            }
            prop_assert!(state.status != HoldStatus::Sold || is_retaken);
        }
    }

    #[test]
    fn nothing_changes_a_hold_whose_order_has_ended(inputs in inputs()) {
        let mut state = HoldTransition::take(after(60)).to;
        for input in inputs {
            let transition = state.apply(input);
            prop_assert!(state.reason.is_none() || transition.is_none(), "{:?} after {:?}", input, state);
            state = transition.map_or(state, |transition| transition.to);
        }
    }

    #[test]
    fn only_a_held_hold_has_an_end_and_only_a_released_one_has_a_reason(inputs in inputs()) {
        let mut state = HoldTransition::take(after(60)).to;
        for input in inputs {
            state = state.apply(input).map_or(state, |transition| transition.to);
            prop_assert_eq!(state.expires_at.is_some(), state.status == HoldStatus::Held);
            prop_assert!(state.reason.is_none() || state.status == HoldStatus::Released);
        }
    }

    #[test]
    fn a_hold_is_extended_twice_at_most_and_never_shortened(steps in prop::collection::vec((0..100_u64, 0..200_u64), 1..8)) {
        let mut state = HoldTransition::take(after(60)).to;
        let mut now = NOW;
        for (later, lifetime) in steps {
            now = now.plus(Duration::from_secs(later));
            let until = now.plus(Duration::from_secs(lifetime));
            match state.apply(HoldInput::Extend { now, until }) {
                Some(HoldTransition { to, .. }) => {
                    prop_assert!(!state.is_overdue(now) && to.expires_at >= state.expires_at);
                    prop_assert_eq!(to.extensions, state.extensions + 1);
                    state = to;
                }
                None => prop_assert!(state.is_overdue(now) || state.extensions == MAX_EXTENSIONS),
            }
            prop_assert!(state.extensions <= MAX_EXTENSIONS);
        }
    }
}

#[test]
fn only_a_held_hold_is_extended() {
    for status in [HoldStatus::Claimed, HoldStatus::Sold, HoldStatus::Released, HoldStatus::Expired] {
        let state = HoldState { status, ..HoldState::UNTAKEN };
        assert_eq!(state.apply(HoldInput::Extend { now: NOW, until: after(60) }), None, "{status:?}");
    }
}

#[test]
fn a_hold_expires_at_its_end_and_not_before() {
    let state = HoldTransition::take(after(60)).to;
    assert_eq!(state.apply(HoldInput::Expire { now: after(59) }), None);
    let expired = state.apply(HoldInput::Expire { now: after(60) }).unwrap();
    assert_eq!((expired.to.status, expired.seats), (HoldStatus::Expired, SeatChange::ReleaseHeld));
}

#[test]
fn every_input_applied_again_changes_nothing() {
    let held = HoldTransition::take(after(60)).to;
    let claimed = held.apply(HoldInput::Claim).unwrap().to;
    let reason = Reason::Declined;
    for (state, input) in [
        (held, HoldInput::Keep { until: after(90) }),
        (held, HoldInput::Release),
        (held, HoldInput::Expire { now: after(60) }),
        (held, HoldInput::Claim),
        (held, HoldInput::EndOrder { reason }),
        (claimed, HoldInput::Sell),
        (claimed, HoldInput::Decline { reason }),
        (HoldState::UNTAKEN, HoldInput::Retake),
        (HoldState::UNTAKEN, HoldInput::Refuse { reason }),
        (HoldState::UNTAKEN, HoldInput::EndOrder { reason }),
    ] {
        let to = state.apply(input).unwrap().to;
        assert_eq!(to.apply(input), None, "{input:?}");
    }
}
