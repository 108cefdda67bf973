//! What is asked of the tables beyond a row by its key.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::BookingId;
use boxoffice_database::{Database, Error, to_value};
use uuid::Uuid;

use super::{Entry, Payment};
use crate::domain::State;

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

/// The payments of orders with ids below `before`, newest first, at most `rows`; in one state, or all.
///
/// # Errors
/// As [`payments_among`].
pub async fn payments(
    database: &Database,
    state: Option<State>,
    before: Option<BookingId>,
    rows: usize,
) -> Result<Vec<Payment>, Error> {
    let mut args = vec![to_value(&before.map_or(Uuid::max(), BookingId::get))];
    let filter = if state.is_some() { " AND state = ?" } else { "" };
    args.extend(state.as_ref().map(to_value));
    args.push(to_value(&(rows as u64)));
    database.select(&format!("WHERE id < ?{filter} ORDER BY id DESC LIMIT ?"), args).await
}
