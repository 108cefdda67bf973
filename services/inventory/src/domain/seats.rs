use crate::error::Refusal;

/// The largest capacity of a quota, in seats.
pub const MAX_CAPACITY: i64 = 1_000_000_000;

/// How the seats of a hold move within their quotas when the hold changes its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatChange {
    /// Every seat stays where it is.
    Unchanged,
    /// Available seats become held.
    Hold,
    /// Held seats become sold.
    Sell,
    /// Held seats become available.
    ReleaseHeld,
    /// Sold seats become available.
    ReleaseSold,
}

/// The seats of one quota. `held + sold <= capacity`, and none is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// The total number of seats.
    pub capacity: i64,
    /// Seats of holds that are held or claimed.
    pub held: i64,
    /// Seats of holds that are sold.
    pub sold: i64,
}

impl Seats {
    /// The number of seats that a new hold can take.
    pub fn available(self) -> i64 {
        self.capacity - self.taken()
    }

    /// The number of seats that are held or sold.
    pub fn taken(self) -> i64 {
        self.held + self.sold
    }

    /// Moves `seats` seats as `change` says.
    ///
    /// # Errors
    /// [`Refusal::SoldOut`] when fewer seats are available than are to be held. Other changes always succeed: the caller
    /// moves only seats that a hold has.
    pub fn apply(mut self, change: SeatChange, seats: i64) -> Result<Self, Refusal> {
        match change {
            SeatChange::Unchanged => {}
            SeatChange::Hold if seats > self.available() => {
                return Err(Refusal::SoldOut { requested: seats, available: self.available() });
            }
            SeatChange::Hold => self.held += seats,
            SeatChange::Sell => {
                self.held -= seats;
                self.sold += seats;
            }
            SeatChange::ReleaseHeld => self.held -= seats,
            SeatChange::ReleaseSold => self.sold -= seats,
        }
        Ok(self)
    }

    /// Sets the capacity.
    ///
    /// # Errors
    /// [`Refusal::CapacityTaken`] when more seats are held or sold than `capacity`.
    pub fn resize(self, capacity: i64) -> Result<Self, Refusal> {
        if capacity < self.taken() {
            return Err(Refusal::CapacityTaken { taken: self.taken() });
        }
        Ok(Self { capacity, ..self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Change(SeatChange, i64),
        Resize(i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let change = prop::sample::select(vec![
            SeatChange::Hold,
            SeatChange::Sell,
            SeatChange::ReleaseHeld,
            SeatChange::ReleaseSold,
        ]);
        let step = prop_oneof![
            4 => (change, 1..50_i64).prop_map(|(change, seats)| Step::Change(change, seats)),
            1 => (0..200_i64).prop_map(Step::Resize),
        ];
        prop::collection::vec(step, 1..100)
    }

    /// Whether a hold could cause the change: it moves only seats that it has.
    fn is_possible(seats: Seats, change: SeatChange, number: i64) -> bool {
        match change {
            SeatChange::Unchanged | SeatChange::Hold => true,
            SeatChange::Sell | SeatChange::ReleaseHeld => number <= seats.held,
            SeatChange::ReleaseSold => number <= seats.sold,
        }
    }

    proptest! {
        #[test]
        fn seats_are_neither_oversold_nor_lost(steps in steps()) {
            let mut seats = Seats { capacity: 100, held: 0, sold: 0 };
            for step in steps {
                let outcome = match step {
                    Step::Change(change, number) if is_possible(seats, change, number) => seats.apply(change, number),
                    Step::Change(..) => continue,
                    Step::Resize(capacity) => seats.resize(capacity),
                };
                seats = outcome.unwrap_or(seats);
                prop_assert!(seats.held >= 0 && seats.sold >= 0 && seats.available() >= 0);
                prop_assert_eq!(seats.available() + seats.held + seats.sold, seats.capacity);
            }
        }
    }

    #[test]
    fn one_seat_too_many_is_refused() {
        let seats = Seats { capacity: 2, held: 0, sold: 0 };
        assert_eq!(seats.apply(SeatChange::Hold, 3), Err(Refusal::SoldOut { requested: 3, available: 2 }));
        let seats = seats.apply(SeatChange::Hold, 2).unwrap();
        assert_eq!(seats.resize(1), Err(Refusal::CapacityTaken { taken: 2 }));
    }
}
