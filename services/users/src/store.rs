//! The table of this service, and its reads. The only SQL.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::UserId;
use boxoffice_database::{Database, Error, Listing, Order, Sortable, table, to_value};

table! {
    /// A person.
    pub struct User in "users" versioned {
        key { id: UserId }
        /// The `sub` of the tokens that the person comes with; unique. None for one who cannot sign in, or is deleted.
        subject: Option<String>,
        /// For people.
        name: String,
        /// As its owner spells it.
        email: String,
        /// [`Profile::email_key`](crate::domain::Profile::email_key); unique. None for one who is deleted.
        email_key: Option<String>,
        /// Where letters on paper go.
        address: Option<String>,
        /// When the row was made.
        created_at: Timestamp,
        /// When it was saved last.
        updated_at: Timestamp,
        /// Since when the person is gone; the row stays for what refers to it.
        deleted_at: Option<Timestamp>,
    }
}

impl Sortable for User {
    const SORTS: &'static [(&'static str, &'static str)] =
        &[("id", "id"), ("name", "name"), ("createdAt", "created_at")];
    const DEFAULT_SORT: &'static str = "id";
}

impl User {
    /// Whether the user is there for whoever has this subject; none: for operators.
    pub fn is_visible_to(&self, subject: Option<&str>) -> bool {
        self.deleted_at.is_none() && (subject.is_none() || self.subject.as_deref() == subject)
    }
}

/// The user with this id, unless deleted.
///
/// # Errors
/// As a read of the database; so do all reads here.
pub async fn user(database: &Database, id: UserId) -> Result<Option<User>, Error> {
    Ok(database.get::<User>(id).await?.filter(|user| user.deleted_at.is_none()))
}

/// The user whose tokens have this subject.
pub async fn user_of(database: &Database, subject: &str) -> Result<Option<User>, Error> {
    Ok(database.select::<User>("WHERE subject = ?", vec![to_value(subject)]).await?.pop())
}

/// At most `rows` users in this order.
pub async fn users(database: &Database, order: &Order, rows: usize) -> Result<Vec<User>, Error> {
    let (tail, args) = Listing::default().condition("deleted_at IS NULL").page::<User>(order, rows);
    database.select(&tail, args).await
}

/// Those of `ids` that there are and that are not deleted, by id.
pub async fn users_among(database: &Database, ids: &[UserId]) -> Result<Vec<User>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(", ");
    let tail = format!("WHERE id IN ({places}) AND deleted_at IS NULL ORDER BY id");
    database.select(&tail, ids.iter().map(to_value).collect()).await
}
