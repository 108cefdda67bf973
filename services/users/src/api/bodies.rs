use boxoffice_clock::Timestamp;
use boxoffice_contracts::UserId;
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{MAX_ADDRESS, MAX_EMAIL, MAX_NAME, MAX_SUBJECT, Profile},
    store::User,
};

/// A name on one line, without leading and trailing spaces.
#[derive(Clone, Deserialize, Validate)]
#[serde(transparent)]
#[garde(transparent)]
struct Name(
    #[garde(length(chars, min = 1, max = MAX_NAME), custom(is_one_line))]
    #[serde(deserialize_with = "trimmed")]
    String,
);

/// An e-mail address, without leading and trailing spaces.
#[derive(Clone, Deserialize, Validate)]
#[serde(transparent)]
#[garde(transparent)]
struct Email(
    #[garde(length(chars, min = 1, max = MAX_EMAIL), email)]
    #[serde(deserialize_with = "trimmed")]
    String,
);

/// A postal address, without leading and trailing spaces; `None` if it is empty.
#[derive(Clone, Default, Deserialize, Validate)]
#[serde(transparent)]
#[garde(transparent)]
struct Address(
    #[garde(length(chars, max = MAX_ADDRESS))]
    #[serde(deserialize_with = "trimmed_or_none")]
    Option<String>,
);

fn profile(Name(name): Name, Email(email): Email, Address(address): Address) -> Profile {
    Profile { name, email, address }
}

/// The profile of the caller. Leading and trailing spaces of each field are removed.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "email": "ada@example.com", "address": "12 St James's Square, London"}))]
pub struct SaveProfileRequest {
    /// The full name, on one line.
    #[garde(dive)]
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Name,
    /// The e-mail address, unique among users; upper and lower case make no difference.
    #[garde(dive)]
    #[schema(value_type = String, format = Email, min_length = 1, max_length = 254)]
    email: Email,
    /// The postal address, on one or more lines.
    #[garde(dive)]
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    address: Address,
}

impl From<SaveProfileRequest> for Profile {
    fn from(SaveProfileRequest { name, email, address }: SaveProfileRequest) -> Self {
        profile(name, email, address)
    }
}

/// A new user: the profile and the subject of the tokens.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "email": "ada@example.com"}))]
pub struct CreateUserRequest {
    /// The `sub` of the user's tokens. Default: for customers the subject of their token, for operators none, so that the
    /// user cannot sign in.
    #[garde(length(chars, min = 1, max = MAX_SUBJECT))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(super) subject: Option<String>,
    /// The full name, on one line.
    #[garde(dive)]
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Name,
    /// The e-mail address, unique among users; upper and lower case make no difference.
    #[garde(dive)]
    #[schema(value_type = String, format = Email, min_length = 1, max_length = 254)]
    email: Email,
    /// The postal address, on one or more lines.
    #[garde(dive)]
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    address: Address,
}

impl From<CreateUserRequest> for Profile {
    fn from(CreateUserRequest { subject: _, name, email, address }: CreateUserRequest) -> Self {
        profile(name, email, address)
    }
}

/// The new values of a user.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Augusta Ada King", "email": "countess@example.com", "address": "10 St James's Square"}))]
pub struct ChangeUserRequest {
    /// The `sub` of the user's tokens. Default: unchanged. Only operators can change it.
    #[garde(length(chars, min = 1, max = MAX_SUBJECT))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(super) subject: Option<String>,
    /// The full name, on one line.
    #[garde(dive)]
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Name,
    /// The e-mail address, unique among users; upper and lower case make no difference.
    #[garde(dive)]
    #[schema(value_type = String, format = Email, min_length = 1, max_length = 254)]
    email: Email,
    /// The postal address; leaving it out removes it.
    #[garde(dive)]
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    address: Address,
}

impl From<ChangeUserRequest> for Profile {
    fn from(ChangeUserRequest { subject: _, name, email, address }: ChangeUserRequest) -> Self {
        profile(name, email, address)
    }
}

/// A user with profile.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 7, "subject": "ada", "name": "Ada Lovelace", "email": "ada@example.com", "address": null,
    "createdAt": "2030-06-01T19:30:00Z", "updatedAt": "2030-06-01T19:30:00Z"
}))]
pub struct UserResponse {
    pub(super) id: UserId,
    /// The `sub` of the user's tokens; null for a user who cannot sign in.
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

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        let User { id, subject, name, email, address, created_at, updated_at, .. } = user;
        Self { id, subject, name, email, address, created_at, updated_at }
    }
}

/// Rejects control characters: a name appears in e-mail headers, where a line break would start another header.
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
