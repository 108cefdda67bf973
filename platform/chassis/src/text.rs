//! Names with texts, as an input for serde: what query strings, environment variables and a file of settings have in
//! common.
//!
//! The type that is asked for decides how a text is read, so that a password of digits stays a text; and an error knows
//! which name it is about.

mod value;

use std::{borrow::Cow, fmt};

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, Unexpected, Visitor,
};

use crate::codes::field;

pub(crate) use value::{SECRET, Text};

/// A name with its text.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Why names and texts are not what was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Misfit {
    /// The name that is to blame.
    pub name: String,
    pub why: Why,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Why {
    /// There is no such name; these are the known ones.
    Unknown(&'static [&'static str]),
    Missing,
    Repeated,
    /// The text does not fit; one of [`field`], and what was expected.
    Unfit(&'static str, String),
}

/// Reads `T` from `pairs`.
pub(crate) fn read<'a, T, V>(pairs: impl IntoIterator<Item = (Cow<'a, str>, V)>) -> Result<T, Misfit>
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
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_map(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, 'a, I: Iterator<Item = (Cow<'a, str>, Text<'a>)>> MapAccess<'de> for Pairs<'a, I> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        self.current = self.pairs.next();
        let Some((name, _)) = &self.current else { return Ok(None) };
        seed.deserialize(name.as_ref().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let (name, text) = self.current.take().expect("serde asks for a key before its value");
        seed.deserialize(text).map_err(|misfit| Misfit { name: name.into_owned(), ..misfit })
    }
}

impl Misfit {
    pub(crate) fn unfit(code: &'static str, expected: impl fmt::Display) -> Self {
        Self { name: String::new(), why: Why::Unfit(code, format!("expected {expected}")) }
    }
}

impl Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { name: String::new(), why: Why::Unfit(field::FORMAT, message.to_string()) }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unfit(field::TYPE, expected)
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let number = matches!(unexpected, Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_));
        Self::unfit(if number { field::RANGE } else { field::FORMAT }, expected)
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::unfit(field::FORMAT, format_args!("one of {}", known.join(", ")))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self { name: name.to_owned(), why: Why::Unknown(known) }
    }

    fn missing_field(name: &'static str) -> Self {
        Self { name: name.to_owned(), why: Why::Missing }
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self { name: name.to_owned(), why: Why::Repeated }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Unknown(known) => write!(f, "{} is not known; the known ones are {}", self.name, known.join(", ")),
            Why::Missing => write!(f, "{} is missing", self.name),
            Why::Repeated => write!(f, "{} is given twice", self.name),
            Why::Unfit(_, expected) => write!(f, "{}: {expected}", self.name),
        }
    }
}

impl std::error::Error for Misfit {}

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

    fn sample(pairs: &[(&'static str, &'static str)]) -> Result<Sample, Misfit> {
        read(pairs.iter().map(|(name, text)| ((*name).into(), Cow::from(*text))))
    }

    #[test]
    fn the_type_decides_how_a_text_is_read() {
        let read = sample(&[("word", "123"), ("small", "7"), ("color", "blue"), ("manyFlags", "true, false")]).unwrap();
        assert_eq!(
            read,
            Sample { word: "123".into(), small: Some(7), color: Some(Color::Blue), many_flags: vec![true, false] }
        );
    }

    #[test]
    fn every_misfit_says_its_name_and_why() {
        let why = |pairs| {
            let misfit = sample(pairs).unwrap_err();
            (misfit.name, misfit.why)
        };
        let unfit = |name: &str, code, expected: &str| (name.to_owned(), Why::Unfit(code, expected.to_owned()));
        assert_eq!(why(&[]), ("word".into(), Why::Missing));
        assert_eq!(why(&[("word", "a"), ("word", "b")]), ("word".into(), Why::Repeated));
        assert_eq!(why(&[("words", "a")]), ("words".into(), Why::Unknown(&["word", "small", "color", "manyFlags"])));
        let numbers = "expected a whole number from 0 to 255";
        assert_eq!(why(&[("word", "a"), ("small", "256")]), unfit("small", "range", numbers));
        assert_eq!(why(&[("word", "a"), ("small", "x")]), unfit("small", "type", numbers));
        assert_eq!(why(&[("color", "green")]), unfit("color", "format", "expected one of red, blue"));
        assert_eq!(why(&[("manyFlags", "true,no")]), unfit("manyFlags", "type", "expected true or false"));
    }
}
