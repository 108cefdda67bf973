use serde::Serialize;

use crate::{Row, Value, to_value};

/// A row that is listed in an order which the asker chooses.
pub trait Sortable: Row {
    /// The words that an asker may use, each with its column. A column is never NULL.
    const SORTS: &'static [(&'static str, &'static str)];
    /// The order when nothing is asked for: one of the words, with `-` before it for the reverse.
    const DEFAULT_SORT: &'static str;
}

/// The order of a list, and where in it to begin. Rows that are equal in its column are in the order of their keys, so
/// that every row has one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// By which column.
    pub column: &'static str,
    /// The largest first.
    pub descending: bool,
    /// Only what comes after this place: the column and the key of a row.
    pub after: Option<(Value, Value)>,
}

/// What follows `SELECT columns FROM table` for a list: which rows, in which order, and how many.
///
/// ```
/// # use boxoffice_database::{Listing, Order};
/// # boxoffice_database::table! {
/// #     /// A door.
/// #     pub struct Door in "doors" appended { key { id: i64 } }
/// # }
/// let order = Order { column: "id", descending: true, after: None };
/// let listing = Listing::default().filter("tenant = ?", Some(&7)).filter("color = ?", None::<&str>).condition("gone_at IS NULL");
/// let (tail, args) = listing.page::<Door>(&order, 51);
/// assert_eq!(tail, "WHERE tenant = ? AND gone_at IS NULL ORDER BY id DESC LIMIT ?");
/// assert_eq!(args.len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Listing {
    conditions: Vec<String>,
    args: Vec<Value>,
}

impl Listing {
    /// Only the rows for which `condition` holds, SQL with one `?` for `value`; nothing when there is no value.
    #[must_use]
    pub fn filter<T: Serialize + ?Sized>(mut self, condition: &str, value: Option<&T>) -> Self {
        if let Some(value) = value {
            self.conditions.push(condition.to_owned());
            self.args.push(to_value(value));
        }
        self
    }

    /// Only the rows for which `condition` holds, SQL without a `?`.
    #[must_use]
    pub fn condition(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// The first `rows` in this order, as [`Database::select`](crate::Database::select) takes them.
    pub fn page<R: Row>(mut self, order: &Order, rows: usize) -> (String, Vec<Value>) {
        let (column, key) = (order.column, R::TABLE.columns[0]);
        let (beyond, down) = if order.descending { ("<", " DESC") } else { (">", "") };
        let by_key = column == key;
        if let Some((value, id)) = &order.after {
            if by_key {
                self.conditions.push(format!("{key} {beyond} ?"));
            } else {
                self.conditions.push(format!("({column}, {key}) {beyond} (?, ?)"));
                self.args.push(value.clone());
            }
            self.args.push(id.clone());
        }
        let which = if self.conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {} ", self.conditions.join(" AND "))
        };
        let ties = if by_key { String::new() } else { format!(", {key}{down}") };
        self.args.push(to_value(&(rows as u64)));
        (format!("{which}ORDER BY {column}{down}{ties} LIMIT ?"), self.args)
    }
}
