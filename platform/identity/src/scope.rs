use std::{fmt, str::FromStr};

/// A permission that a token may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Buys tickets, and sees what is its own.
    Customer,
    /// Runs the events of the organizers it is a member of.
    Organizer,
    /// Runs the system: may do everything, for anyone.
    Operator,
}

impl Scope {
    /// All scopes there are.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Organizer, Self::Operator];

    /// Its name in a token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Organizer => "organizer",
            Self::Operator => "operator",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A word that is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}: the known ones are {all}", all = Scopes::ALL.joined(", "))]
pub struct UnknownScope(pub String);

/// A set of scopes. Its text is the names with a space between, as in RFC 6749 section 3.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scope.
    pub const NONE: Self = Self(0);
    /// Every scope.
    pub const ALL: Self = Self(Scope::Customer.bit() | Scope::Organizer.bit() | Scope::Operator.bit());

    /// Whether `scope` is among them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those in the set, customers first.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// The scopes that `text` names; words that are no scope of ours are passed over, since an issuer may serve others.
    pub fn known_in(text: &str) -> Self {
        text.split_ascii_whitespace().filter_map(|word| word.parse::<Scope>().ok()).collect()
    }

    fn joined(self, separator: &str) -> String {
        self.iter().map(Scope::as_str).collect::<Vec<_>>().join(separator)
    }
}

impl From<Scope> for Scopes {
    fn from(scope: Scope) -> Self {
        Self(scope.bit())
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined(" "))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    /// Reads names with spaces between; a word that is no scope is an error.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split_ascii_whitespace().map(Scope::from_str).collect()
    }
}

/// Who is asking, as a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The token's `sub`: 1 to 255 characters; `service:NAME` for one of our own services.
    pub subject: String,
    /// What it may do.
    pub scopes: Scopes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_and_print_as_words() {
        let scopes: Scopes = "operator customer".parse().unwrap();
        assert!(scopes.contains(Scope::Customer) && scopes.contains(Scope::Operator));
        assert!(!scopes.contains(Scope::Organizer));
        assert_eq!(scopes.to_string(), "customer operator");
        assert_eq!(Scopes::known_in("openid customer"), Scopes::from(Scope::Customer));
        assert_eq!("".parse(), Ok(Scopes::NONE));
    }

    #[test]
    fn a_typo_is_answered_with_the_choices() {
        let refusal = "customer oprator".parse::<Scopes>().unwrap_err();
        assert_eq!(refusal.to_string(), r#"unknown scope "oprator": the known ones are customer, organizer, operator"#);
        assert!("Customer".parse::<Scope>().is_err());
    }
}
