//! A type for each kind of id, so that two of them cannot be swapped.
//!
//! An id in the API is a JSON number or, for a UUID, a string; an id in an event is always a string (see
//! [`as_text`](crate::as_text)).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use utoipa::ToSchema;
use uuid::Uuid;

/// A text that is no id of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct MalformedId {
    expected: &'static str,
}

const POSITIVE: MalformedId = MalformedId { expected: "a whole number from 1 to 9223372036854775807" };
const UUID: MalformedId = MalformedId { expected: "a UUID" };

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// A positive 64-bit integer. Text and JSON with any other are refused; `From` trusts its caller.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = i64, minimum = 1, example = 1)]
        pub struct $name(i64);

        impl $name {
            /// The bare number, for a column of a table.
            pub const fn get(self) -> i64 {
                self.0
            }

            fn checked(id: i64) -> Result<Self, MalformedId> {
                if id > 0 { Ok(Self(id)) } else { Err(POSITIVE) }
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                text.parse().map_err(|_| POSITIVE).and_then(Self::checked)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::checked(i64::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    )*};
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// A UUID, in text the hyphenated form in lower case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// The bare UUID, for a column of a table or the key of a message.
            pub const fn get(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                Uuid::parse_str(text).map(Self).map_err(|_| UUID)
            }
        }
    )*};
}

number_id! {
    /// A person, as users knows them: a customer, or an organizer's staff.
    UserId
    /// Who sells.
    OrganizerId
    /// Where something takes place.
    VenueId
    /// Something that tickets are sold for; never a message of the bus.
    EventId
    /// One kind of ticket of one event, with its own price.
    TicketTypeId
    /// The number of places that one or several ticket types draw from.
    QuotaId
}

uuid_id! {
    /// One purchase through the whole saga: its booking, hold, order and payment are all known by this id. Whoever
    /// takes the first step makes it, a UUIDv7.
    BookingId
    /// One ticket of a confirmed booking.
    TicketId
    /// One letter to a customer.
    NotificationId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_in_json_and_positive() {
        assert_eq!(serde_json::to_string(&UserId::from(7)).unwrap(), "7");
        assert_eq!(serde_json::from_str::<UserId>("7").unwrap().get(), 7);
        assert_eq!("7".parse(), Ok(UserId::from(7)));
        for refused in ["0", "-1", "9223372036854775808", "1.0", "\"7\""] {
            assert!(serde_json::from_str::<UserId>(refused).is_err(), "{refused}");
            assert_eq!(refused.parse::<UserId>(), Err(POSITIVE), "{refused}");
        }
    }

    #[test]
    fn uuids_are_strings_in_json() {
        let id = BookingId::from(Uuid::from_u128(1));
        let json = r#""00000000-0000-0000-0000-000000000001""#;
        assert_eq!(serde_json::to_string(&id).unwrap(), json);
        assert_eq!(serde_json::from_str::<BookingId>(json).unwrap(), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("1".parse::<BookingId>(), Err(UUID));
    }
}
