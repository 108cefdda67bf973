//! The tables of this service and its queries: the only SQL.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, QuotaId, Reason, TicketTypeId, VenueId};
use boxoffice_database::{Json, Sortable, table};

use crate::domain::{EventStatus, HoldState, HoldStatus, Seats};

pub use reads::{
    EventDetails, EventsOf, HoldsOf, TicketTypesOf, event_details, events, held_of_type, holds, only_organizer_of,
    organizers, overdue_holds, quota_and_use_of, quotas_of_types, ticket_types, type_and_quota, types_and_quotas,
    venues,
};

table! {
    /// A seller of tickets.
    pub struct Organizer in "organizers" versioned {
        key { id: OrganizerId }
        /// The name that customers see.
        name: String,
        /// The short name for URLs; unique.
        slug: String,
        /// When the organizer was created.
        created_at: Timestamp,
    }
}

table! {
    /// A token subject that may act for an organizer.
    pub struct Member in "members" appended {
        key { organizer_id: OrganizerId, subject: String }
        /// When the member was added.
        added_at: Timestamp,
    }
}

table! {
    /// A building or ground where events happen.
    pub struct Venue in "venues" versioned {
        key { id: VenueId }
        /// The organizer that owns the venue.
        organizer_id: OrganizerId,
        /// The name that customers see.
        name: String,
        /// The postal address that customers see; may be empty.
        address: String,
        /// The number of seats of the building. It does not limit the capacity of events.
        total_capacity: i64,
    }
}

table! {
    /// An event for which tickets are sold.
    pub struct Event in "events" versioned {
        key { id: EventId }
        /// The organizer that sells the tickets.
        organizer_id: OrganizerId,
        /// The venue; `None` for an event without a venue.
        venue_id: Option<VenueId>,
        /// The name that customers see.
        name: String,
        /// The description that customers see; may be empty.
        description: String,
        /// The start; tickets are sold until then.
        starts_at: Timestamp,
        /// IANA time zone name in which customers read the start.
        time_zone: String,
        /// The currency of all its prices.
        currency: Currency,
        /// Changed only through [`EventStatus::apply`].
        status: EventStatus,
    }
}

table! {
    /// The seats that one or more ticket types draw from: the only rows that two buyers compete for.
    pub struct Quota in "quotas" versioned {
        key { id: QuotaId }
        /// The event of the seats.
        event_id: EventId,
        /// The organizer that sells the tickets.
        organizer_id: OrganizerId,
        /// The total number of seats.
        capacity: i64,
        /// The number of seats of held and claimed holds.
        held: i64,
        /// The number of seats of sold holds.
        sold: i64,
    }
}

table! {
    /// A kind of ticket of one event.
    pub struct TicketType in "ticket_types" versioned {
        key { id: TicketTypeId }
        /// The event of the tickets.
        event_id: EventId,
        /// The organizer that sells the tickets.
        organizer_id: OrganizerId,
        /// The quota that provides its seats.
        quota_id: QuotaId,
        /// The name that customers see.
        name: String,
        /// The price of one ticket, in minor units of `currency`.
        price_minor: i64,
        /// The currency of the event.
        currency: Currency,
    }
}

table! {
    /// Seats reserved for one buyer. A hold shares its id with its booking and its order.
    pub struct Hold in "holds" versioned {
        key { id: BookingId }
        /// The organizer that sells the tickets.
        organizer_id: OrganizerId,
        /// The subject of the buyer's token.
        owner: String,
        /// The seats, at the prices of the time when they were held.
        hold_lines: Json<Lines>,
        /// The currency of all lines.
        currency: Currency,
        /// Written only with a [`HoldTransition`](crate::domain::HoldTransition), like the next columns of the state machine.
        status: HoldStatus,
        /// Why the order got no seats or lost them; `None` while no order has ended.
        reason: Option<Reason>,
        /// When the hold was created.
        taken_at: Timestamp,
        /// When the hold expires; `None` unless its status is `held`.
        expires_at: Option<Timestamp>,
        /// Number of times that the owner extended the hold.
        extensions: i64,
    }
}

impl Quota {
    /// The seats of the quota.
    pub fn seats(&self) -> Seats {
        Seats { capacity: self.capacity, held: self.held, sold: self.sold }
    }

    /// Stores the seats of the quota.
    pub fn set_seats(&mut self, seats: Seats) {
        let Seats { capacity, held, sold } = seats;
        self.capacity = capacity;
        self.held = held;
        self.sold = sold;
    }
}

impl Hold {
    /// A hold without seats, to be inserted with its first transition.
    pub(crate) fn untaken(
        id: BookingId,
        organizer_id: OrganizerId,
        owner: String,
        currency: Currency,
        taken_at: Timestamp,
    ) -> Self {
        let HoldState { status, reason, expires_at, extensions } = HoldState::UNTAKEN;
        let hold_lines = Json::default();
        Self {
            id,
            organizer_id,
            owner,
            hold_lines,
            currency,
            status,
            reason,
            taken_at,
            expires_at,
            extensions,
            version: 1,
        }
    }

    /// The columns that the state machine owns.
    pub fn state(&self) -> HoldState {
        let Self { status, reason, expires_at, extensions, .. } = *self;
        HoldState { status, reason, expires_at, extensions }
    }

    /// Stores the state that a transition leads to. Only `commands/transition.rs` calls it.
    pub(crate) fn enter(&mut self, state: HoldState) {
        let HoldState { status, reason, expires_at, extensions } = state;
        self.status = status;
        self.reason = reason;
        self.expires_at = expires_at;
        self.extensions = extensions;
    }
}

/// The name of a sort key in a request, and the column that it sorts by.
type Sorts = &'static [(&'static str, &'static str)];

impl Sortable for Organizer {
    const SORTS: Sorts = &[("id", "id"), ("name", "name"), ("slug", "slug")];
    const DEFAULT_SORT: &'static str = "id";
}

impl Sortable for Venue {
    const SORTS: Sorts = &[("id", "id"), ("name", "name"), ("totalCapacity", "total_capacity")];
    const DEFAULT_SORT: &'static str = "id";
}

impl Sortable for Event {
    const SORTS: Sorts = &[("id", "id"), ("name", "name"), ("startsAt", "starts_at")];
    const DEFAULT_SORT: &'static str = "id";
}

impl Sortable for TicketType {
    const SORTS: Sorts = &[("id", "id"), ("name", "name"), ("price", "price_minor")];
    const DEFAULT_SORT: &'static str = "id";
}

impl Sortable for Hold {
    const SORTS: Sorts = &[("id", "id"), ("status", "status")];
    const DEFAULT_SORT: &'static str = "-id";
}
