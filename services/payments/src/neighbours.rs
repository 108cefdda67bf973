//! Questions to other services, asked outside any batch.

use boxoffice_contracts::UserId;

/// Whose a token is.
pub type Users = boxoffice_chassis::peer::Subjects<UserId>;
