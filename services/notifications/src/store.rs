//! The tables of this service, and its reads. The only SQL.

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{
    BookingId, EventId, NotificationId, OrganizerId, UserId,
    events::{Channel, NotificationKind},
};
use boxoffice_database::{Database, Error, Listing, Order, Sortable, Value, table, to_value};
use boxoffice_envelope::Origin;
use uuid::Uuid;

use crate::domain::Status;

table! {
    /// One letter to a customer; one for each kind and channel of a booking, ever.
    pub struct Notification in "notifications" versioned {
        key { id: NotificationId }
        /// About which booking.
        booking_id: BookingId,
        /// What it says.
        kind: NotificationKind,
        /// How it goes.
        channel: Channel,
        /// To whom.
        user_id: UserId,
        /// Who sells.
        organizer_id: OrganizerId,
        /// In one line.
        subject: String,
        /// In full.
        message: String,
        /// How far it has come.
        status: Status,
        /// Why the last attempt failed; none once it is sent.
        error: Option<String>,
        /// Whether the customer has read it.
        is_read: bool,
        /// How often sending it was tried.
        attempts: i64,
        /// When it goes out, while it is queued.
        due_at: Timestamp,
        /// When it was written.
        created_at: Timestamp,
        /// When it went out.
        sent_at: Option<Timestamp>,
        /// The message that told of the end of the order; see [`Origin::causation_id`].
        causation_id: Option<Uuid>,
        /// See [`Origin::correlation_id`].
        correlation_id: String,
        /// See [`Origin::traceparent`].
        traceparent: Option<String>,
    }
}

table! {
    /// A letter in the embedded mailbox.
    pub struct Mailed in "mailbox" appended {
        key { message_id: NotificationId }
        /// About which booking.
        booking_id: BookingId,
        /// The recipient's e-mail address.
        to_address: String,
        /// In one line.
        subject: String,
        /// The whole text.
        body: String,
        /// When.
        sent_at: Timestamp,
        /// What it is about.
        kind: NotificationKind,
    }
}

table! {
    /// A notification about tickets of an event.
    pub struct NotificationEvent in "notification_events" appended {
        key { event_id: EventId, notification_id: NotificationId }
    }
}

table! {
    /// Up to when something that was kept for a while may have been taken away.
    pub struct Forgotten in "forgotten" versioned {
        key { what: String }
        /// Nothing later was taken away.
        until: Timestamp,
    }
}

/// What of the embedded mailbox is [`Forgotten`]: letters that were sent before then.
pub const LETTERS: &str = "letters";

impl Sortable for Notification {
    // Ids are made when a notification is written, and those of later milliseconds are larger.
    const SORTS: &'static [(&'static str, &'static str)] = &[("createdAt", "id")];
    const DEFAULT_SORT: &'static str = "-createdAt";
}

impl Notification {
    /// The errand that it belongs to, so that sending it later goes on with it. `actor` sends it.
    pub fn origin(&self, actor: &str) -> Origin {
        let (causation_id, correlation_id, trace) =
            (self.causation_id, self.correlation_id.clone(), self.traceparent.clone());
        Origin { causation_id, correlation_id, traceparent: trace, actor: actor.to_owned() }
    }
}

/// Which notifications are wanted; none of a filter: any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Whose.
    pub user: Option<UserId>,
    /// About which booking.
    pub booking: Option<BookingId>,
    /// About tickets of which event.
    pub event: Option<EventId>,
    /// What they say.
    pub kind: Option<NotificationKind>,
    /// How they go.
    pub channel: Option<Channel>,
    /// How far they have come.
    pub status: Option<Status>,
    /// Whether the customer has read them.
    pub read: Option<bool>,
}

/// At most `rows` of those that are wanted, in this order.
///
/// # Errors
/// As a read of the database; so do all reads here.
pub async fn notifications(
    database: &Database,
    wanted: Wanted,
    order: &Order,
    rows: usize,
) -> Result<Vec<Notification>, Error> {
    // Led by the event, where there is one, so that the page is read off its index in order.
    let (join, order) = match wanted.event {
        Some(_) => {
            ("JOIN notification_events ON notification_id = id ", Order { column: "notification_id", ..order.clone() })
        }
        None => ("", order.clone()),
    };
    let listing = Listing::default()
        .filter("event_id = ?", wanted.event.as_ref())
        .filter("user_id = ?", wanted.user.as_ref())
        .filter("booking_id = ?", wanted.booking.as_ref())
        .filter("kind = ?", wanted.kind.as_ref())
        .filter("channel = ?", wanted.channel.as_ref())
        .filter("status = ?", wanted.status.as_ref())
        .filter("is_read = ?", wanted.read.as_ref());
    let (tail, args) = listing.page::<Notification>(&order, rows);
    database.select(&format!("{join}{tail}"), args).await
}

/// All notifications about a booking, newest first: one for each kind and channel.
pub async fn about(database: &Database, booking: BookingId) -> Result<Vec<Notification>, Error> {
    database.select("WHERE booking_id = ? ORDER BY id DESC", vec![to_value(&booking)]).await
}

/// The first `limit` that are to go out by `now`, oldest first.
pub async fn due(database: &Database, now: Timestamp, limit: usize) -> Result<Vec<Notification>, Error> {
    let args = vec![to_value(&Status::Queued), to_value(&now), to_value(&limit)];
    database.select("WHERE status = ? AND due_at <= ? ORDER BY id LIMIT ?", args).await
}

/// Which letters of the mailbox are wanted; none of a filter: any.
#[derive(Clone, Debug, Default)]
pub struct WantedLetters {
    /// About which booking.
    pub booking: Option<BookingId>,
    /// A part of the recipient's address, in whichever case.
    pub to: Option<String>,
    /// About what.
    pub kind: Option<NotificationKind>,
    /// Only older ones than this.
    pub before: Option<NotificationId>,
}

impl WantedLetters {
    fn conditions(&self) -> Vec<(&'static str, Value)> {
        let Self { booking, to, kind, before } = self;
        // There is an index on the booking there, and a letter has the id of its notification.
        const OF_BOOKING: &str = "message_id IN (SELECT id FROM notifications WHERE booking_id = ?)";
        let before = before.map_or(Uuid::max(), NotificationId::get);
        let booking = booking.map(|booking| (OF_BOOKING, to_value(&booking)));
        let to = to.as_deref().map(|part| (r"lower(to_address) LIKE ? ESCAPE '\'", to_value(&pattern(part))));
        let kind = kind.map(|kind| ("kind = ?", to_value(&kind)));
        [Some(("message_id < ?", to_value(&before))), booking, to, kind].into_iter().flatten().collect()
    }
}

/// What `LIKE` finds `part` by, wherever it stands.
fn pattern(part: &str) -> String {
    let part = part.to_ascii_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{part}%")
}

/// The first `limit` letters of the mailbox that are wanted, newest first.
pub async fn mailbox(database: &Database, wanted: &WantedLetters, limit: usize) -> Result<Vec<Mailed>, Error> {
    let (conditions, mut args): (Vec<_>, Vec<_>) = wanted.conditions().into_iter().unzip();
    args.push(to_value(&limit));
    let filter = conditions.join(" AND ");
    database.select(&format!("WHERE {filter} ORDER BY message_id DESC LIMIT ?"), args).await
}

/// At most `limit` letters of the mailbox that were sent before `then`, oldest first.
pub async fn letters_before(database: &Database, then: Timestamp, limit: usize) -> Result<Vec<NotificationId>, Error> {
    // A letter is sent after its id was made, so what was sent before has no later id: only that much is looked through.
    let millis = u64::try_from(then.micros() / 1000).unwrap_or(0);
    let last = uuid::Builder::from_unix_timestamp_millis(millis, &[u8::MAX; 10]).into_uuid();
    let args = vec![to_value(&last), to_value(&then), to_value(&limit)];
    let tail = "WHERE message_id <= ? AND sent_at < ? ORDER BY message_id LIMIT ?";
    let letters = database.select::<Mailed>(tail, args).await?;
    Ok(letters.into_iter().map(|letter| letter.message_id).collect())
}
