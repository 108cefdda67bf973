use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{UserId, as_text};

pub(super) const TOPIC: &str = "user-events";

/// A user as it is at this moment. The next one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSaved {
    /// Who.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// The `sub` of the tokens that this user comes with; absent for one who cannot sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whether the user is gone: nothing may be booked for them.
    pub deleted: bool,
    /// Counts how often the user was saved; 0 in messages that do not say it.
    #[serde(default)]
    pub version: i64,
}

impl Event for UserSaved {
    const KIND: &'static str = "UserSavedEvent";
    const SOURCE: &'static str = "users";
    fn key(&self) -> Uuid {
        Uuid::from_u64_pair(0, self.user_id.get().unsigned_abs())
    }
}
