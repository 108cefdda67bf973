//! The queries beyond a single row by its key.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, UserId};
use boxoffice_database::{Database, Error, Value, to_value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Entry, Payment};
use crate::domain::{EntryKind, PaymentStatus};

/// The payments with these ids, in no order; ids without a payment are left out.
///
/// # Errors
/// As [`Database::select`].
pub async fn payments_by_ids(database: &Database, ids: &[Uuid]) -> Result<Vec<Payment>, Error> {
    let Some(last) = ids.last() else { return Ok(Vec::new()) };
    // The list is padded to a power of two with its last id: few texts for all lengths keep the statements prepared.
    let length = ids.len().next_power_of_two();
    let args = ids.iter().chain(std::iter::repeat(last)).take(length).map(to_value).collect();
    database.select(&format!("WHERE id IN (?{})", ", ?".repeat(length - 1)), args).await
}

/// The payments for which a call to the provider is due at `now`, the longest due first, at most `rows`.
///
/// # Errors
/// As [`payments_by_ids`].
pub async fn due(database: &Database, now: Timestamp, rows: usize) -> Result<Vec<Payment>, Error> {
    let tail = "WHERE next_call_at <= ? ORDER BY next_call_at LIMIT ?";
    database.select(tail, vec![to_value(&now), to_value(&(rows as u64))]).await
}

/// The payment of an order and its entries, oldest first, from one snapshot; `None` when the order has no payment.
///
/// # Errors
/// As [`payments_by_ids`].
pub async fn payment_and_entries(
    database: &Database,
    order: BookingId,
) -> Result<Option<(Payment, Vec<Entry>)>, Error> {
    let args = || vec![to_value(&order)];
    let entries = "WHERE order_id = ? ORDER BY recorded_at, number";
    let (mut payment, entries) = database.select_two(("WHERE id = ?", args()), (entries, args())).await?;
    Ok(payment.pop().map(|payment| (payment, entries)))
}

/// The filter of a list of entries. A field that is `None` filters nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntriesFilter {
    /// Only entries of this order.
    pub order: Option<BookingId>,
    /// Only entries of this user's orders.
    pub user: Option<UserId>,
    /// Only entries of this kind.
    pub kind: Option<EntryKind>,
    /// Only entries of payments with this status.
    pub status: Option<PaymentStatus>,
}

/// The position of an entry in a list of entries, where the next page begins.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EntryPosition {
    /// The order of the payment that has the entry.
    pub order: BookingId,
    /// The number of the entry within its payment.
    pub number: i64,
}

impl EntriesFilter {
    fn tail(self, before: Option<EntryPosition>, rows: usize) -> (String, Vec<Value>) {
        let mut conditions = vec!["1 = 1"];
        let mut args = Vec::new();
        let mut only = |condition, values: &[Option<Value>]| {
            if let Some(values) = values.iter().cloned().collect::<Option<Vec<_>>>() {
                conditions.push(condition);
                args.extend(values);
            }
        };
        only("order_id = ?", &[self.order.as_ref().map(to_value)]);
        // A user has few payments, which an index finds; a status has very many, so each row is checked.
        only("order_id IN (SELECT id FROM payments WHERE user_id = ?)", &[self.user.as_ref().map(to_value)]);
        only("kind = ?", &[self.kind.as_ref().map(to_value)]);
        only(
            "EXISTS (SELECT 1 FROM payments WHERE id = order_id AND status = ?)",
            &[self.status.as_ref().map(to_value)],
        );
        let (order, number) = (before.map(|last| to_value(&last.order)), before.map(|last| to_value(&last.number)));
        only("order_id <= ? AND (order_id < ? OR number < ?)", &[order.clone(), order, number]);
        args.push(to_value(&(rows as u64)));
        (format!("WHERE {} ORDER BY order_id DESC, number DESC LIMIT ?", conditions.join(" AND ")), args)
    }
}

/// At most `rows` entries that follow `before`, with their payments in no order, from one snapshot. The newest order comes
/// first, and of each order its last entry.
///
/// # Errors
/// As [`payments_by_ids`].
pub async fn entries(
    database: &Database,
    filter: EntriesFilter,
    before: Option<EntryPosition>,
    rows: usize,
) -> Result<(Vec<Entry>, Vec<Payment>), Error> {
    let (tail, args) = filter.tail(before, rows);
    // The inner page is a derived table, because MySQL does not accept LIMIT in a subquery of IN.
    let payments = format!("WHERE id IN (SELECT order_id FROM (SELECT order_id FROM payment_entries {tail}) AS page)");
    database.select_two((&tail, args.clone()), (&payments, args)).await
}
