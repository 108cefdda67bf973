//! Nouns and rules: what a person tells about themselves. Pure.

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 200;

/// The longest e-mail address, in characters (RFC 3696, erratum 1690).
pub const LONGEST_EMAIL: usize = 254;

/// The longest postal address, in characters.
pub const LONGEST_ADDRESS: usize = 1000;

/// The longest subject, in characters; tokens have no longer one.
pub const LONGEST_SUBJECT: usize = 255;

/// What a person tells about themselves. It has no `Debug`, so that it does not get into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// 1 to [`LONGEST_NAME`] characters on one line.
    pub name: String,
    /// An e-mail address, spelled as its owner spells it.
    pub email: String,
    /// Where letters on paper go; none when it is not known.
    pub address: Option<String>,
}

impl Profile {
    /// What makes two e-mail addresses one. Strictly, only the domain has no case; but no provider of mail tells `Ada`
    /// from `ada`, and two people who differ in nothing else would be a mistake.
    pub fn email_key(&self) -> String {
        self.email.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_differ_in_case_alone_are_one() {
        let key = |email: &str| Profile { name: "Ada".into(), email: email.into(), address: None }.email_key();
        assert_eq!(key("Ada.Lovelace@Example.COM"), "ada.lovelace@example.com");
        assert_eq!(key("ada@example.com"), key("ADA@EXAMPLE.COM"));
        assert_ne!(key("ada+1@example.com"), key("ada@example.com"));
    }
}
