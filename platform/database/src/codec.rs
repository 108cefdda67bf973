use serde::{
    Deserialize, Serialize,
    de::{self, DeserializeOwned, IntoDeserializer, Visitor},
    ser::{self, Impossible},
};
use uuid::Uuid;

/// The value of a column, on every engine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// `NULL` in SQL; `None` in a row.
    Null,
    /// An integer, a time (microseconds since the Unix epoch) or a boolean (0, 1).
    Int(i64),
    /// Text, the name of an enum variant, or the JSON of a [`Json`] column.
    Text(String),
    /// A UUID of 16 bytes.
    Uuid(Uuid),
}

/// A column that holds a structure as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T> std::ops::Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(&self.0).map_err(ser::Error::custom)?)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map(Json).map_err(de::Error::custom)
    }
}

/// The value of a column: an integer, text or id, an option of these, or an enum of unit variants.
///
/// # Panics
/// When the type is a structure or a list without [`Json`] around it, which is a bug of the declaration.
pub fn to_value<T: Serialize + ?Sized>(column: &T) -> Value {
    column.serialize(ToValue).expect("a column is a scalar or wrapped in Json")
}

/// Parses the value of a column.
///
/// # Errors
/// The reason why the value does not fit `T`.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    T::deserialize(FromValue(value)).map_err(|e| e.to_string())
}

type ColumnError = de::value::Error;

struct ToValue;

fn not_a_scalar<T>() -> Result<T, ColumnError> {
    Err(ser::Error::custom("a structure or a list needs a Json column"))
}

impl ser::Serializer for ToValue {
    type Ok = Value;
    type Error = ColumnError;
    type SerializeSeq = Impossible<Value, ColumnError>;
    type SerializeTuple = Impossible<Value, ColumnError>;
    type SerializeTupleStruct = Impossible<Value, ColumnError>;
    type SerializeTupleVariant = Impossible<Value, ColumnError>;
    type SerializeMap = Impossible<Value, ColumnError>;
    type SerializeStruct = Impossible<Value, ColumnError>;
    type SerializeStructVariant = Impossible<Value, ColumnError>;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_bool(self, v: bool) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i8(self, v: i8) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i16(self, v: i16) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i32(self, v: i32) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i64(self, v: i64) -> Result<Value, ColumnError> {
        Ok(Value::Int(v))
    }
    fn serialize_u8(self, v: u8) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_u16(self, v: u16) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_u32(self, v: u32) -> Result<Value, ColumnError> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_u64(self, v: u64) -> Result<Value, ColumnError> {
        i64::try_from(v).map(Value::Int).map_err(ser::Error::custom)
    }
    fn serialize_f32(self, _: f32) -> Result<Value, ColumnError> {
        not_a_scalar()
    }
    fn serialize_f64(self, _: f64) -> Result<Value, ColumnError> {
        not_a_scalar()
    }
    fn serialize_char(self, v: char) -> Result<Value, ColumnError> {
        Ok(Value::Text(v.to_string()))
    }
    fn serialize_str(self, v: &str) -> Result<Value, ColumnError> {
        Ok(Value::Text(v.to_owned()))
    }
    fn serialize_bytes(self, v: &[u8]) -> Result<Value, ColumnError> {
        Uuid::from_slice(v).map(Value::Uuid).map_err(ser::Error::custom)
    }
    fn serialize_none(self) -> Result<Value, ColumnError> {
        Ok(Value::Null)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<Value, ColumnError> {
        v.serialize(self)
    }
    fn serialize_unit(self) -> Result<Value, ColumnError> {
        Ok(Value::Null)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, ColumnError> {
        Ok(Value::Null)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Value, ColumnError> {
        Ok(Value::Text(name.to_owned()))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Result<Value, ColumnError> {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, ColumnError> {
        not_a_scalar()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, ColumnError> {
        not_a_scalar()
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, ColumnError> {
        not_a_scalar()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, ColumnError> {
        not_a_scalar()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, ColumnError> {
        not_a_scalar()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, ColumnError> {
        not_a_scalar()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, ColumnError> {
        not_a_scalar()
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, ColumnError> {
        not_a_scalar()
    }
}

struct FromValue(Value);

impl<'de> de::Deserializer<'de> for FromValue {
    type Error = ColumnError;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Int(v) => visitor.visit_i64(v),
            Value::Text(v) => visitor.visit_string(v),
            Value::Uuid(v) => visitor.visit_bytes(v.as_bytes()),
        }
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnError> {
        match self.0 {
            Value::Int(v @ (0 | 1)) => visitor.visit_bool(v == 1),
            _ => self.deserialize_any(visitor),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ColumnError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ColumnError> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ColumnError> {
        match self.0 {
            Value::Text(v) => v.into_deserializer().deserialize_enum(name, variants, visitor),
            _ => Err(de::Error::custom("expected the name of a variant")),
        }
    }
    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_clock::Timestamp;

    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq, Clone, Copy)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Held,
    }

    fn assert_converts<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(column: T, value: Value) {
        assert_eq!(to_value(&column), value);
        assert_eq!(from_value::<T>(value).unwrap(), column);
    }

    #[test]
    fn columns_go_assert_converts() {
        assert_converts(7_i64, Value::Int(7));
        assert_converts(7_u32, Value::Int(7));
        assert_converts(true, Value::Int(1));
        assert_converts("a".to_owned(), Value::Text("a".into()));
        assert_converts(Some(Uuid::from_u128(3)), Value::Uuid(Uuid::from_u128(3)));
        assert_converts(None::<String>, Value::Null);
        assert_converts(State::Held, Value::Text("held".into()));
        assert_converts(Timestamp::from_micros(5), Value::Int(5));
        assert_converts(Json(vec![1, 2]), Value::Text("[1,2]".into()));
    }

    #[test]
    fn a_value_that_does_not_fit_the_column_is_an_error() {
        assert!(from_value::<u32>(Value::Int(-1)).is_err());
        assert!(from_value::<State>(Value::Text("lost".into())).is_err());
        assert!(from_value::<i64>(Value::Null).is_err());
        assert!(from_value::<Json<Vec<i64>>>(Value::Text("{}".into())).is_err());
    }
}
