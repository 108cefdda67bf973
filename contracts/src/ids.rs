//! One type for each kind of id, so that swapped arguments do not compile.
//!
//! In the HTTP API an id is a JSON number or, for a UUID, a string. In events every id is a string (see
//! [`as_text`](crate::as_text)).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use utoipa::ToSchema;
use uuid::Uuid;

/// Error of parsing a text that is not an id of the expected kind.
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
        /// A positive 64-bit integer. Parsing and deserialization refuse other values; `From` does not check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = i64, minimum = 1, example = 1)]
        pub struct $name(i64);

        impl $name {
            /// The number, for a database column.
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
        /// A UUID; its text form is hyphenated and lower case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID, for a database column or a message key.
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
    /// A person registered with the users service: a customer or a member of an organizer's staff.
    UserId
    /// An organizer, who sells tickets of its own events.
    OrganizerId
    /// A place where events are held.
    VenueId
    /// An event that tickets are sold for. Not the id of a message.
    EventId
    /// A ticket type of one event, with its own price.
    TicketTypeId
    /// A quota: a number of seats that one or more ticket types share.
    QuotaId
}

uuid_id! {
    /// One purchase across the whole saga: booking, hold, order and payment share this id. The service that receives
    /// the customer's request generates it, as a UUIDv7.
    BookingId
    /// One issued ticket of a confirmed booking.
    TicketId
    /// One notification to a customer.
    NotificationId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_ids_are_positive_json_numbers() {
        assert_eq!(serde_json::to_string(&UserId::from(7)).unwrap(), "7");
        assert_eq!(serde_json::from_str::<UserId>("7").unwrap().get(), 7);
        assert_eq!("7".parse(), Ok(UserId::from(7)));
        for refused in ["0", "-1", "9223372036854775808", "1.0", "\"7\""] {
            assert!(serde_json::from_str::<UserId>(refused).is_err(), "{refused}");
            assert_eq!(refused.parse::<UserId>(), Err(POSITIVE), "{refused}");
        }
    }

    #[test]
    fn uuid_ids_are_json_strings() {
        let id = BookingId::from(Uuid::from_u128(1));
        let json = r#""00000000-0000-0000-0000-000000000001""#;
        assert_eq!(serde_json::to_string(&id).unwrap(), json);
        assert_eq!(serde_json::from_str::<BookingId>(json).unwrap(), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("1".parse::<BookingId>(), Err(UUID));
    }
}
