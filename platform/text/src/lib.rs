//! Reads serde types from pairs of names and texts, such as query strings, environment variables and configuration files.
//!
//! The target type determines how a text is read, so a password of digits stays a text. Errors name the pair.

mod value;

use std::{borrow::Cow, fmt};

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, Unexpected, Visitor,
};

pub use value::{SECRET, Text};

/// A name and its text.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Error of reading a pair.
#[derive(Debug, PartialEq)]
pub struct ReadError {
    /// The name of the pair.
    pub name: String,
    /// The reason of the error.
    pub reason: Reason,
}

/// Reason for refusing a name or its text.
#[derive(Debug, PartialEq)]
pub enum Reason {
    /// The name is unknown; contains the known names.
    Unknown(&'static [&'static str]),
    /// A required name is missing.
    Missing,
    /// The name occurs twice.
    Repeated,
    /// The text does not match the type; with the kind of the mismatch and the expected value.
    Mismatch(Mismatch, String),
}

/// Kind of mismatch between a text and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another type, such as letters for a number.
    Type,
    /// A number that is too small or too large.
    Range,
    /// A malformed text, or not one of the known values.
    Format,
}

/// Reads `T` from `pairs`. A repeated name is an error, as is an unknown one if `T` denies unknown fields.
///
/// # Errors
/// The first name that is unknown, missing or repeated, or whose text does not match the type.
pub fn read<'a, T, V>(pairs: impl IntoIterator<Item = (Cow<'a, str>, V)>) -> Result<T, ReadError>
where
    T: DeserializeOwned,
    V: Into<Text<'a>>,
{
    let pairs = pairs.into_iter().map(|(name, text)| (name, text.into()));
    T::deserialize(Pairs { pairs, current: None })
}

struct Pairs<'a, I> {
    pairs: I,
    current: Option<(Cow<'a, str>, Text<'a>)>,
}

impl<'de, 'a, I: Iterator<Item = (Cow<'a, str>, Text<'a>)>> Deserializer<'de> for Pairs<'a, I> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, 'a, I: Iterator<Item = (Cow<'a, str>, Text<'a>)>> MapAccess<'de> for Pairs<'a, I> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        self.current = self.pairs.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        seed.deserialize(name.as_ref().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (name, text) = self.current.take().expect("serde asks for a key before its value");
        seed.deserialize(text).map_err(|error| ReadError { name: name.into_owned(), ..error })
    }
}

impl ReadError {
    fn mismatch(kind: Mismatch, expected: impl fmt::Display) -> Self {
        Self { name: String::new(), reason: Reason::Mismatch(kind, format!("expected {expected}")) }
    }
}

impl Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { name: String::new(), reason: Reason::Mismatch(Mismatch::Format, message.to_string()) }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::mismatch(Mismatch::Type, expected)
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let number = matches!(unexpected, Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_));
        Self::mismatch(if number { Mismatch::Range } else { Mismatch::Format }, expected)
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::mismatch(Mismatch::Format, format_args!("one of {}", known.join(", ")))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self { name: name.to_owned(), reason: Reason::Unknown(known) }
    }

    fn missing_field(name: &'static str) -> Self {
        Self { name: name.to_owned(), reason: Reason::Missing }
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self { name: name.to_owned(), reason: Reason::Repeated }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Unknown(known) => write!(f, "{} is unknown; the known ones are {}", self.name, known.join(", ")),
            Reason::Missing => write!(f, "{} is missing", self.name),
            Reason::Repeated => write!(f, "{} occurs twice", self.name),
            Reason::Mismatch(_, expected) => write!(f, "{}: {expected}", self.name),
        }
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Color {
        Red,
        Blue,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Sample {
        word: String,
        small: Option<u8>,
        color: Option<Color>,
        #[serde(default)]
        many_flags: Vec<bool>,
    }

    fn sample(pairs: &[(&'static str, &'static str)]) -> Result<Sample, ReadError> {
        read(pairs.iter().map(|(name, text)| ((*name).into(), Cow::from(*text))))
    }

    #[test]
    fn the_type_determines_how_a_text_is_read() {
        let read = sample(&[("word", "123"), ("small", "7"), ("color", "blue"), ("manyFlags", "true, false")]).unwrap();
        assert_eq!(
            read,
            Sample { word: "123".into(), small: Some(7), color: Some(Color::Blue), many_flags: vec![true, false] }
        );
    }

    #[test]
    fn every_error_has_its_name_and_reason() {
        let why = |pairs| {
            let error = sample(pairs).unwrap_err();
            (error.name, error.reason)
        };
        let mismatch =
            |name: &str, kind, expected: &str| (name.to_owned(), Reason::Mismatch(kind, expected.to_owned()));
        assert_eq!(why(&[]), ("word".into(), Reason::Missing));
        assert_eq!(why(&[("word", "a"), ("word", "b")]), ("word".into(), Reason::Repeated));
        assert_eq!(why(&[("words", "a")]), ("words".into(), Reason::Unknown(&["word", "small", "color", "manyFlags"])));
        let numbers = "expected a whole number from 0 to 255";
        assert_eq!(why(&[("word", "a"), ("small", "256")]), mismatch("small", Mismatch::Range, numbers));
        assert_eq!(why(&[("word", "a"), ("small", "x")]), mismatch("small", Mismatch::Type, numbers));
        assert_eq!(why(&[("color", "green")]), mismatch("color", Mismatch::Format, "expected one of red, blue"));
        assert_eq!(why(&[("manyFlags", "true,no")]), mismatch("manyFlags", Mismatch::Type, "expected true or false"));
    }
}
