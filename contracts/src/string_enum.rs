/// Error of parsing a text that is not a value of the expected enum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", .expected.join(", "))]
pub struct UnknownValue {
    /// All values of the enum.
    pub expected: &'static [&'static str],
}

/// Defines an enum whose variants have one string form, used in JSON, in the database and by `Display`.
macro_rules! string_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $value:tt,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $value)] $variant,)*
        }

        impl $name {
            /// String form of every variant, in order of definition.
            pub const VALUES: &[&str] = &[$($value),*];

            /// String form of this variant in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $value,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownValue;

            fn from_str(text: &str) -> Result<Self, crate::UnknownValue> {
                match text {
                    $($value => Ok(Self::$variant),)*
                    _ => Err(crate::UnknownValue { expected: Self::VALUES }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(crate) use string_enum;
