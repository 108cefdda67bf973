//! What is asked of the tables beyond a row by its key.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, UserId};
use boxoffice_database::{Database, Error, Value, to_value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Entry, Payment};
use crate::domain::{EntryKind, State};

/// Those of `ids` that there are, in no order.
///
/// # Errors
/// As [`Database::select`]; so has every read here.
pub async fn payments_among(database: &Database, ids: &[Uuid]) -> Result<Vec<Payment>, Error> {
    let Some(last) = ids.last() else { return Ok(Vec::new()) };
    // Few texts for all lengths, so that the statements stay prepared: what is missing to a power of two is the last
    // one again.
    let length = ids.len().next_power_of_two();
    let args = ids.iter().chain(std::iter::repeat(last)).take(length).map(to_value).collect();
    database.select(&format!("WHERE id IN (?{})", ", ?".repeat(length - 1)), args).await
}

/// Payments whose provider is to be called by `now`, the longest due first, at most `rows`.
///
/// # Errors
/// As [`payments_among`].
pub async fn due(database: &Database, now: Timestamp, rows: usize) -> Result<Vec<Payment>, Error> {
    let tail = "WHERE next_call_at <= ? ORDER BY next_call_at LIMIT ?";
    database.select(tail, vec![to_value(&now), to_value(&(rows as u64))]).await
}

/// The payment of an order and its history, from one snapshot.
///
/// # Errors
/// As [`payments_among`].
pub async fn payment_and_entries(
    database: &Database,
    order: BookingId,
) -> Result<Option<(Payment, Vec<Entry>)>, Error> {
    let args = || vec![to_value(&order)];
    let entries = "WHERE order_id = ? ORDER BY at, number";
    let (mut payment, entries) = database.select_two(("WHERE id = ?", args()), (entries, args())).await?;
    Ok(payment.pop().map(|payment| (payment, entries)))
}

/// Which entries are listed; none of a filter: any.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntriesOf {
    /// Only those of this order.
    pub order: Option<BookingId>,
    /// Only those of this user's orders.
    pub user: Option<UserId>,
    /// Only those of this kind.
    pub kind: Option<EntryKind>,
    /// Only those of payments in this state.
    pub state: Option<State>,
}

/// Where an entry stands among all.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Of which payment.
    pub order: BookingId,
    /// Which of its entries.
    pub number: i64,
}

impl EntriesOf {
    fn tail(self, before: Option<Place>, rows: usize) -> (String, Vec<Value>) {
        let mut conditions = vec!["1 = 1"];
        let mut args = Vec::new();
        let mut only = |condition, values: &[Option<Value>]| {
            if let Some(values) = values.iter().cloned().collect::<Option<Vec<_>>>() {
                conditions.push(condition);
                args.extend(values);
            }
        };
        only("order_id = ?", &[self.order.as_ref().map(to_value)]);
        // A user has few payments, which an index finds; a state has very many, so it is looked at row by row.
        only("order_id IN (SELECT id FROM payments WHERE user_id = ?)", &[self.user.as_ref().map(to_value)]);
        only("kind = ?", &[self.kind.as_ref().map(to_value)]);
        only("EXISTS (SELECT 1 FROM payments WHERE id = order_id AND state = ?)", &[self.state.as_ref().map(to_value)]);
        let (order, number) = (before.map(|place| to_value(&place.order)), before.map(|place| to_value(&place.number)));
        only("order_id <= ? AND (order_id < ? OR number < ?)", &[order.clone(), order, number]);
        args.push(to_value(&(rows as u64)));
        (format!("WHERE {} ORDER BY order_id DESC, number DESC LIMIT ?", conditions.join(" AND ")), args)
    }
}

/// At most `rows` entries, those of the newest order first and of each order the last one, from the one after `before`
/// on; with their payments in no order, from one snapshot.
///
/// # Errors
/// As [`payments_among`].
pub async fn entries(
    database: &Database,
    of: EntriesOf,
    before: Option<Place>,
    rows: usize,
) -> Result<(Vec<Entry>, Vec<Payment>), Error> {
    let (tail, args) = of.tail(before, rows);
    // The inner page is a table of its own because not every engine takes a LIMIT right after IN.
    let payments = format!("WHERE id IN (SELECT order_id FROM (SELECT order_id FROM payment_entries {tail}) AS page)");
    database.select_two((&tail, args.clone()), (&payments, args)).await
}
