use crate::{error::Refusal, store::Quota};

/// The largest capacity.
pub const MAX_CAPACITY: i64 = 1_000_000_000;

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

#[cfg(test)]
mod tests {
    use boxoffice_contracts::{EventId, OrganizerId, QuotaId};
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
