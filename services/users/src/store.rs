//! The table of this service and its queries: the only SQL.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::UserId;
use boxoffice_database::{Database, Error, Listing, Order, Sortable, table, to_value};

table! {
    /// A customer, or another person known to the ticket office.
    pub struct User in "users" versioned {
        key { id: UserId }
        /// The `sub` of the user's tokens; unique. `None` for a user who cannot sign in or is deleted.
        subject: Option<String>,
        /// The full name; empty for a deleted user.
        name: String,
        /// The e-mail address in the spelling of its owner; empty for a deleted user.
        email: String,
        /// [`Profile::email_key`](crate::domain::Profile::email_key); unique. `None` for a deleted user.
        email_key: Option<String>,
        /// The postal address; `None` when it is unknown.
        address: Option<String>,
        /// When the user was created.
        created_at: Timestamp,
        /// When the user was last saved.
        updated_at: Timestamp,
        /// When the user was deleted; the row stays for references to it.
        deleted_at: Option<Timestamp>,
    }
}

impl Sortable for User {
    const SORTS: &'static [(&'static str, &'static str)] =
        &[("id", "id"), ("name", "name"), ("createdAt", "created_at")];
    const DEFAULT_SORT: &'static str = "id";
}

impl User {
    /// Whether a caller with this subject may see the user; `None` for operators, who see every user.
    pub fn is_visible_to(&self, subject: Option<&str>) -> bool {
        self.deleted_at.is_none() && (subject.is_none() || self.subject.as_deref() == subject)
    }
}

/// Reads the user with this id, unless it is deleted.
///
/// # Errors
/// As [`Database::get`].
pub async fn user(database: &Database, id: UserId) -> Result<Option<User>, Error> {
    Ok(database.get::<User>(id).await?.filter(|user| user.deleted_at.is_none()))
}

/// Reads the user with this subject.
///
/// # Errors
/// As [`Database::select`].
pub async fn user_of(database: &Database, subject: &str) -> Result<Option<User>, Error> {
    Ok(database.select::<User>("WHERE subject = ?", vec![to_value(subject)]).await?.pop())
}

/// Lists users in this order, at most `rows`.
///
/// # Errors
/// As [`Database::select`].
pub async fn users(database: &Database, order: &Order, rows: usize) -> Result<Vec<User>, Error> {
    let (tail, args) = Listing::default().condition("deleted_at IS NULL").page::<User>(order, rows);
    database.select(&tail, args).await
}

/// Reads the users with these ids, by id, without unknown and deleted users.
///
/// # Errors
/// As [`Database::select`].
pub async fn users_among(database: &Database, ids: &[UserId]) -> Result<Vec<User>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let placeholders = vec!["?"; ids.len()].join(", ");
    let tail = format!("WHERE id IN ({placeholders}) AND deleted_at IS NULL ORDER BY id");
    database.select(&tail, ids.iter().map(to_value).collect()).await
}
