use boxoffice_envelope::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{UserId, as_text};

pub(super) const TOPIC: &str = "user-events";

/// Complete state of a user after a change. A later version replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSaved {
    /// Id of the user.
    #[serde(with = "as_text")]
    #[schema(value_type = String)]
    pub user_id: UserId,
    /// `sub` claim of the user's access tokens; absent for a user who cannot sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// True once the user is deleted; a deleted user cannot book.
    pub deleted: bool,
    /// Increases with every change of the user; 0 in messages that lack it.
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
