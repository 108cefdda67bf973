use serde::Serialize;

use crate::{Row, Value, to_value};

/// A row whose lists have an order that the caller chooses.
pub trait Sortable: Row {
    /// The names of the orders, each with its column. The columns must be `NOT NULL`.
    const SORTS: &'static [(&'static str, &'static str)];
    /// The default order: one of the names, with a prefix `-` for descending.
    const DEFAULT_SORT: &'static str;
}

/// The order of a list and the position at which a page begins (keyset pagination). Rows with equal values are ordered by
/// their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column of the order.
    pub column: &'static str,
    /// Whether the largest value comes first.
    pub descending: bool,
    /// The last row of the page before: the value of its column and its key. `None` for the first page.
    pub after: Option<(Value, Value)>,
}

/// Builds the tail of a query for a list: its conditions, its order and its size.
///
/// ```
/// # use boxoffice_database::{Listing, Order};
/// # boxoffice_database::table! {
/// #     /// An order.
/// #     pub struct Order_ in "orders" appended { key { id: i64 } }
/// # }
/// let order = Order { column: "id", descending: true, after: None };
/// let listing = Listing::default().filter("user_id = ?", Some(&7)).filter("status = ?", None::<&str>).condition("deleted_at IS NULL");
/// let (tail, args) = listing.page::<Order_>(&order, 51);
/// assert_eq!(tail, "WHERE user_id = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?");
/// assert_eq!(args.len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Listing {
    conditions: Vec<String>,
    args: Vec<Value>,
}

impl Listing {
    /// Adds `condition`, SQL with one `?` for `value`; `None` adds nothing.
    #[must_use]
    pub fn filter<T: Serialize + ?Sized>(mut self, condition: &str, value: Option<&T>) -> Self {
        if let Some(value) = value {
            self.conditions.push(condition.to_owned());
            self.args.push(to_value(value));
        }
        self
    }

    /// Adds `condition`, SQL without a `?`.
    #[must_use]
    pub fn condition(mut self, condition: &str) -> Self {
        self.conditions.push(condition.to_owned());
        self
    }

    /// The tail and the arguments for the first `rows` rows, for [`Database::select`](crate::Database::select).
    pub fn page<R: Row>(mut self, order: &Order, rows: usize) -> (String, Vec<Value>) {
        let (column, key) = (order.column, R::TABLE.columns[0]);
        let (after, direction) = if order.descending { ("<", " DESC") } else { (">", "") };
        let by_key = column == key;
        if let Some((value, id)) = &order.after {
            if by_key {
                self.conditions.push(format!("{key} {after} ?"));
            } else {
                self.conditions.push(format!("({column}, {key}) {after} (?, ?)"));
                self.args.push(value.clone());
            }
            self.args.push(id.clone());
        }
        let conditions = if self.conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {} ", self.conditions.join(" AND "))
        };
        let ties = if by_key { String::new() } else { format!(", {key}{direction}") };
        self.args.push(to_value(&(rows as u64)));
        (format!("{conditions}ORDER BY {column}{direction}{ties} LIMIT ?"), self.args)
    }
}
