//! Reads one text as the target type.

use std::{
    borrow::Cow,
    fmt,
    fs::File,
    io::{self, Read as _},
    path::Path,
    str::FromStr,
};

use serde::de::{Deserializer, IntoDeserializer, Visitor, value::SeqDeserializer};

use super::{Mismatch, ReadError};
/// The serde name of types that may be read from a file.
pub const SECRET: &str = "boxoffice::Secret";

/// Maximum size of such a file, in bytes.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// The value of a pair.
#[derive(Clone, Debug, PartialEq)]
pub enum Text<'a> {
    /// A text whose meaning depends on the target type.
    Plain(Cow<'a, str>),
    /// A value without quotes: a number, a boolean or a date.
    Bare(Cow<'a, str>),
    /// A list. A [`Text::Plain`] separates its items with commas.
    List(Vec<Text<'a>>),
    /// The content of the file with this path. Only secrets are read from files.
    InFile(Cow<'a, str>),
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Plain(text)
    }
}

/// Formats the value as in a variable; for a file its path.
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) | Self::Bare(text) | Self::InFile(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
        }
    }
}

impl<'a> Text<'a> {
    /// The text of a value that needs no quotes.
    fn bare(&self, expected: &str) -> Result<&str, ReadError> {
        match self {
            Self::Plain(text) | Self::Bare(text) => Ok(text),
            Self::List(_) => Err(ReadError::mismatch(Mismatch::Type, format_args!("{expected} and no list"))),
            Self::InFile(_) => Err(not_from_file()),
        }
    }

    /// The text of a value in quotes.
    fn quoted(self) -> Result<Cow<'a, str>, ReadError> {
        match self {
            Self::Plain(text) => Ok(text),
            Self::Bare(_) | Self::List(_) => Err(ReadError::mismatch(Mismatch::Type, "a text in quotes")),
            Self::InFile(_) => Err(not_from_file()),
        }
    }

    fn parse<T: FromStr>(&self, expected: &str) -> Result<T, ReadError> {
        let text = self.bare(expected)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().map_err(|_| ReadError::mismatch(if whole { Mismatch::Range } else { Mismatch::Type }, expected))
    }

    fn items(self) -> Result<Vec<Self>, ReadError> {
        let split = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        };
        match self {
            Self::Plain(text) => Ok(split(&text).into_iter().map(|item| Self::Plain(item.into())).collect()),
            Self::List(items) => Ok(items),
            Self::Bare(_) => Err(ReadError::mismatch(Mismatch::Type, "a list")),
            Self::InFile(_) => Err(not_from_file()),
        }
    }
}

fn not_from_file() -> ReadError {
    ReadError::mismatch(Mismatch::Type, "the value itself: only secrets are read from files")
}

/// The content of the file at `path`, without the final line break. Errors do not contain it.
fn secret_of(path: &Path) -> Result<String, ReadError> {
    let read = |path: &Path| -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(MAX_SECRET_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MAX_SECRET_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
    };
    let text = read(path)
        .map_err(|error| ReadError::mismatch(Mismatch::Format, format_args!("a file that can be read: {error}")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

macro_rules! numbers {
    ($($method:ident => $visit:ident as $number:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            visitor.$visit(self.parse(&format!("a whole number from {} to {}", <$number>::MIN, <$number>::MAX))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.quoted()? {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    numbers! {
        deserialize_i8 => visit_i8 as i8,
        deserialize_i16 => visit_i16 as i16,
        deserialize_i32 => visit_i32 as i32,
        deserialize_i64 => visit_i64 as i64,
        deserialize_u8 => visit_u8 as u8,
        deserialize_u16 => visit_u16 as u16,
        deserialize_u32 => visit_u32 as u32,
        deserialize_u64 => visit_u64 as u64,
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.parse("a number")?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_bool(self.parse("true or false")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self {
            Self::InFile(path) if name == SECRET => {
                visitor.visit_newtype_struct(Self::Plain(secret_of(Path::new(path.as_ref()))?.into()))
            }
            text => visitor.visit_newtype_struct(text),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_enum(self.quoted()?.into_deserializer())
    }

    /// Reads an empty text as an empty list.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(SeqDeserializer::new(self.items()?.into_iter()))
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'a> IntoDeserializer<'_, ReadError> for Text<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
