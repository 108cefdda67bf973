/// A word that is in none of the closed lists, or not in the one that is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", .expected.join(", "))]
pub struct UnknownWord {
    /// The words that there are.
    pub expected: &'static [&'static str],
}

/// A closed list whose members are the same word in JSON, in the store and in text.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $member:ident = $word:tt,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $word)] $member,)*
        }

        impl $name {
            /// The word of each member, in the order of their definition.
            pub const WORDS: &[&str] = &[$($word),*];

            /// The word in JSON and in the store.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$member => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, crate::UnknownWord> {
                match word {
                    $($word => Ok(Self::$member),)*
                    _ => Err(crate::UnknownWord { expected: Self::WORDS }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

pub(crate) use words;
