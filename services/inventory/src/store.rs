//! The tables of this service, and its reads. The only SQL.

mod reads;

use boxoffice_clock::Timestamp;
use boxoffice_contracts::{BookingId, Currency, EventId, Lines, OrganizerId, QuotaId, Reason, TicketTypeId, VenueId};
use boxoffice_database::{Json, Sortable, table};

use crate::domain::{EventStatus, HoldState, HoldStatus, Seats};

pub use reads::{
    EventsOf, HoldsOf, Surroundings, TypesOf, around, events, held_of_type, holds, only_organizer_of, organizers,
    overdue_holds, quotas_of_types, ticket_types, type_and_quota, types_and_quotas, use_of, venues,
};

table! {
    /// Who sells.
    pub struct Organizer in "organizers" versioned {
        key { id: OrganizerId }
        /// For people.
        name: String,
        /// For addresses; unique.
        slug: String,
        /// When it was made.
        created_at: Timestamp,
    }
}

table! {
    /// A token's subject that acts for an organizer.
    pub struct Member in "members" appended {
        key { organizer_id: OrganizerId, subject: String }
        /// Since when.
        added_at: Timestamp,
    }
}

table! {
    /// Where events take place.
    pub struct Venue in "venues" versioned {
        key { id: VenueId }
        /// Whose.
        organizer_id: OrganizerId,
        /// For people.
        name: String,
        /// For people.
        address: String,
        /// Places of the house; does not bind its events.
        total_capacity: i64,
    }
}

table! {
    /// What tickets are sold for.
    pub struct Event in "events" versioned {
        key { id: EventId }
        /// Who sells.
        organizer_id: OrganizerId,
        /// Where.
        venue_id: Option<VenueId>,
        /// For people.
        name: String,
        /// For people.
        description: String,
        /// When it begins.
        starts_at: Timestamp,
        /// IANA name, in which people read the time.
        time_zone: String,
        /// Of all its prices.
        currency: Currency,
        /// Whether its tickets can be bought.
        status: EventStatus,
    }
}

table! {
    /// A number of places that one or more ticket types draw from: the only rows on which two buyers meet.
    pub struct Quota in "quotas" versioned {
        key { id: QuotaId }
        /// Whose places.
        event_id: EventId,
        /// Who sells.
        organizer_id: OrganizerId,
        /// How many there are.
        capacity: i64,
        /// How many are held or claimed.
        held: i64,
        /// How many are sold.
        sold: i64,
    }
}

table! {
    /// One kind of ticket of one event.
    pub struct TicketType in "ticket_types" versioned {
        key { id: TicketTypeId }
        /// What for.
        event_id: EventId,
        /// Who sells.
        organizer_id: OrganizerId,
        /// Where its places come from.
        quota_id: QuotaId,
        /// For people.
        name: String,
        /// Of one ticket, in minor units.
        price_minor: i64,
        /// The event's.
        currency: Currency,
    }
}

table! {
    /// Places that one buyer has; shares its id with the booking and the order that it is for.
    pub struct Hold in "holds" versioned {
        key { id: BookingId }
        /// Who sells.
        organizer_id: OrganizerId,
        /// The subject of the token that took it.
        owner: String,
        /// What is held, at the prices of the moment when it was.
        lines: Json<Lines>,
        /// Of all lines.
        currency: Currency,
        /// Where it stands.
        status: HoldStatus,
        /// Why an order's places were refused or given back.
        reason: Option<Reason>,
        /// When.
        taken_at: Timestamp,
        /// When it runs out, while nobody has claimed it.
        expires_at: Option<Timestamp>,
        /// How often its owner has put that off.
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
        let lines = Json::default();
        Self {
            id,
            organizer_id,
            owner,
            lines,
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
