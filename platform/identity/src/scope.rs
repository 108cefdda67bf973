use std::{fmt, str::FromStr};

/// A permission in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Buys tickets and reads its own bookings.
    Customer,
    /// Manages the events of its organizers.
    Organizer,
    /// Operates the system and may act for any user.
    Operator,
}

impl Scope {
    /// All scopes, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Organizer, Self::Operator];

    /// Name of the scope in tokens.
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

/// Error of reading an unknown scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}: the known ones are {all}", all = Scopes::ALL.joined(", "))]
pub struct UnknownScope(pub String);

/// A set of scopes. Its text form is the names separated by spaces (RFC 6749, section 3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// The empty set of scopes.
    pub const NONE: Self = Self(0);
    /// The set of all scopes.
    pub const ALL: Self = Self(Scope::Customer.bit() | Scope::Organizer.bit() | Scope::Operator.bit());

    /// Whether the set contains `scope`.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes of the set, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// The known scopes in `text`. Unknown words are ignored, because an issuer may serve other applications.
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

    /// Reads names separated by spaces; an unknown name is an error.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split_ascii_whitespace().map(Scope::from_str).collect()
    }
}

/// The subject and the scopes of a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The claim `sub`: 1 to 255 characters; `service:NAME` for a service of the platform.
    pub subject: String,
    /// The scopes of the token.
    pub scopes: Scopes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written_as_names() {
        let scopes: Scopes = "operator customer".parse().unwrap();
        assert!(scopes.contains(Scope::Customer) && scopes.contains(Scope::Operator));
        assert!(!scopes.contains(Scope::Organizer));
        assert_eq!(scopes.to_string(), "customer operator");
        assert_eq!(Scopes::known_in("openid customer"), Scopes::from(Scope::Customer));
        assert_eq!("".parse(), Ok(Scopes::NONE));
    }

    #[test]
    fn an_unknown_scope_is_refused_with_the_known_ones() {
        let refusal = "customer oprator".parse::<Scopes>().unwrap_err();
        assert_eq!(refusal.to_string(), r#"unknown scope "oprator": the known ones are customer, organizer, operator"#);
        assert!("Customer".parse::<Scope>().is_err());
    }
}
