//! The profile of a user and its limits: pure types without I/O.

/// The longest name, in characters.
pub const MAX_NAME: usize = 200;

/// The longest e-mail address, in characters (RFC 3696, erratum 1690).
pub const MAX_EMAIL: usize = 254;

/// The longest postal address, in characters.
pub const MAX_ADDRESS: usize = 1000;

/// The longest subject, in characters, as in tokens.
pub const MAX_SUBJECT: usize = 255;

/// The profile that a user enters. It has no `Debug`, so that it never gets into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// 1 to [`MAX_NAME`] characters on one line.
    pub name: String,
    /// The e-mail address, in the spelling of its owner.
    pub email: String,
    /// The postal address; `None` when it is unknown.
    pub address: Option<String>,
}

impl Profile {
    /// The key by which e-mail addresses are compared: the address in lowercase. By the standard only the domain ignores
    /// case, but no mail provider distinguishes `Ada` from `ada`.
    pub fn email_key(&self) -> String {
        self.email.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_that_differ_in_case_have_one_key() {
        let key = |email: &str| Profile { name: "Ada".into(), email: email.into(), address: None }.email_key();
        assert_eq!(key("Ada.Lovelace@Example.COM"), "ada.lovelace@example.com");
        assert_eq!(key("ada@example.com"), key("ADA@EXAMPLE.COM"));
        assert_ne!(key("ada+1@example.com"), key("ada@example.com"));
    }
}
