use boxoffice_clock::Timestamp;
use boxoffice_contracts::UserId;
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{LONGEST_ADDRESS, LONGEST_EMAIL, LONGEST_NAME, LONGEST_SUBJECT, Profile},
    store::User,
};

/// What a person tells about themselves. Spaces around each field are taken away.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "email": "ada@example.com", "address": "12 St James's Square, London"}))]
pub struct ProfileIn {
    /// On one line.
    #[garde(length(chars, min = 1, max = LONGEST_NAME), custom(is_one_line))]
    #[serde(deserialize_with = "trimmed")]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// No two users have the same, whatever the case of its letters.
    #[garde(length(chars, min = 1, max = LONGEST_EMAIL), email)]
    #[serde(deserialize_with = "trimmed")]
    #[schema(format = Email, min_length = 1, max_length = 254)]
    email: String,
    /// Where letters on paper go.
    #[garde(length(chars, max = LONGEST_ADDRESS))]
    #[serde(default, deserialize_with = "trimmed_or_none")]
    #[schema(max_length = 1000)]
    address: Option<String>,
}

impl From<ProfileIn> for Profile {
    fn from(ProfileIn { name, email, address }: ProfileIn) -> Self {
        Self { name, email, address }
    }
}

/// A user that is to be: a profile, and whose it is.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "email": "ada@example.com"}))]
pub struct NewUser {
    /// The `sub` of the person's tokens. For customers their own, whether named or left out; operators leave it out for
    /// one who cannot sign in.
    #[garde(length(chars, min = 1, max = LONGEST_SUBJECT))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(super) subject: Option<String>,
    /// On one line.
    #[garde(length(chars, min = 1, max = LONGEST_NAME), custom(is_one_line))]
    #[serde(deserialize_with = "trimmed")]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// No two users have the same, whatever the case of its letters.
    #[garde(length(chars, min = 1, max = LONGEST_EMAIL), email)]
    #[serde(deserialize_with = "trimmed")]
    #[schema(format = Email, min_length = 1, max_length = 254)]
    email: String,
    /// Where letters on paper go.
    #[garde(length(chars, max = LONGEST_ADDRESS))]
    #[serde(default, deserialize_with = "trimmed_or_none")]
    #[schema(max_length = 1000)]
    address: Option<String>,
}

impl From<NewUser> for Profile {
    fn from(NewUser { subject: _, name, email, address }: NewUser) -> Self {
        Self { name, email, address }
    }
}

/// A user as it is to be from now on.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Augusta Ada King", "email": "countess@example.com", "address": "10 St James's Square"}))]
pub struct ChangedUser {
    /// The `sub` of the person's tokens; left out, it stays as it was. Only operators can name another one.
    #[garde(length(chars, min = 1, max = LONGEST_SUBJECT))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(super) subject: Option<String>,
    /// On one line.
    #[garde(length(chars, min = 1, max = LONGEST_NAME), custom(is_one_line))]
    #[serde(deserialize_with = "trimmed")]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// No two users have the same, whatever the case of its letters.
    #[garde(length(chars, min = 1, max = LONGEST_EMAIL), email)]
    #[serde(deserialize_with = "trimmed")]
    #[schema(format = Email, min_length = 1, max_length = 254)]
    email: String,
    /// Where letters on paper go; left out, it is gone.
    #[garde(length(chars, max = LONGEST_ADDRESS))]
    #[serde(default, deserialize_with = "trimmed_or_none")]
    #[schema(max_length = 1000)]
    address: Option<String>,
}

impl From<ChangedUser> for Profile {
    fn from(ChangedUser { subject: _, name, email, address }: ChangedUser) -> Self {
        Self { name, email, address }
    }
}

/// A person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 7, "subject": "ada", "name": "Ada Lovelace", "email": "ada@example.com", "address": null,
    "createdAt": "2030-06-01T19:30:00Z", "updatedAt": "2030-06-01T19:30:00Z"
}))]
pub struct UserOut {
    pub(super) id: UserId,
    /// The `sub` of the person's tokens; null for one who cannot sign in.
    subject: Option<String>,
    name: String,
    #[schema(format = Email)]
    email: String,
    address: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<User> for UserOut {
    fn from(user: User) -> Self {
        let User { id, subject, name, email, address, created_at, updated_at, .. } = user;
        Self { id, subject, name, email, address, created_at, updated_at }
    }
}

/// A name stands in lists and in the heads of letters, where a line break would begin something else.
fn is_one_line(name: &str, (): &()) -> garde::Result {
    let fits = !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(garde::Error::new("expected one line without control characters")) }
}

fn trimmed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.trim().to_owned())
}

fn trimmed_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}
