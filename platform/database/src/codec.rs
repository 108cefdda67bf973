use serde::{
    Deserialize, Serialize,
    de::{self, DeserializeOwned, IntoDeserializer, Visitor},
    ser::{self, Impossible},
};
use uuid::Uuid;

/// What a column holds, on every engine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// Numbers, times (microseconds since the Unix epoch) and truth values (0, 1).
    Int(i64),
    /// Text, and JSON in a [`Json`] column.
    Text(String),
    /// An id.
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

/// What a column of this type holds: integers, text, ids, options of these, and enums of plain names.
///
/// # Panics
/// When the type is a structure or a list that is not wrapped in [`Json`], which is a fault of the declaration.
pub fn to_value<T: Serialize + ?Sized>(column: &T) -> Value {
    column.serialize(ToValue).expect("a column is a scalar or wrapped in Json")
}

/// Reads a column back.
///
/// # Errors
/// When the value cannot be a `T`; the text says why.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    T::deserialize(FromValue(value)).map_err(|e| e.to_string())
}

type Fault = de::value::Error;

struct ToValue;

fn not_a_scalar<T>() -> Result<T, Fault> {
    Err(ser::Error::custom("a structure or list belongs into a Json column"))
}

impl ser::Serializer for ToValue {
    type Ok = Value;
    type Error = Fault;
    type SerializeSeq = Impossible<Value, Fault>;
    type SerializeTuple = Impossible<Value, Fault>;
    type SerializeTupleStruct = Impossible<Value, Fault>;
    type SerializeTupleVariant = Impossible<Value, Fault>;
    type SerializeMap = Impossible<Value, Fault>;
    type SerializeStruct = Impossible<Value, Fault>;
    type SerializeStructVariant = Impossible<Value, Fault>;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_bool(self, v: bool) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i8(self, v: i8) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i16(self, v: i16) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i32(self, v: i32) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_i64(self, v: i64) -> Result<Value, Fault> {
        Ok(Value::Int(v))
    }
    fn serialize_u8(self, v: u8) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_u16(self, v: u16) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_u32(self, v: u32) -> Result<Value, Fault> {
        Ok(Value::Int(i64::from(v)))
    }
    fn serialize_u64(self, v: u64) -> Result<Value, Fault> {
        i64::try_from(v).map(Value::Int).map_err(ser::Error::custom)
    }
    fn serialize_f32(self, _: f32) -> Result<Value, Fault> {
        not_a_scalar()
    }
    fn serialize_f64(self, _: f64) -> Result<Value, Fault> {
        not_a_scalar()
    }
    fn serialize_char(self, v: char) -> Result<Value, Fault> {
        Ok(Value::Text(v.to_string()))
    }
    fn serialize_str(self, v: &str) -> Result<Value, Fault> {
        Ok(Value::Text(v.to_owned()))
    }
    fn serialize_bytes(self, v: &[u8]) -> Result<Value, Fault> {
        Uuid::from_slice(v).map(Value::Uuid).map_err(ser::Error::custom)
    }
    fn serialize_none(self) -> Result<Value, Fault> {
        Ok(Value::Null)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<Value, Fault> {
        v.serialize(self)
    }
    fn serialize_unit(self) -> Result<Value, Fault> {
        Ok(Value::Null)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Fault> {
        Ok(Value::Null)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Value, Fault> {
        Ok(Value::Text(name.to_owned()))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Result<Value, Fault> {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Fault> {
        not_a_scalar()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Fault> {
        not_a_scalar()
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Fault> {
        not_a_scalar()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Fault> {
        not_a_scalar()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        not_a_scalar()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        not_a_scalar()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Fault> {
        not_a_scalar()
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        not_a_scalar()
    }
}

struct FromValue(Value);

impl<'de> de::Deserializer<'de> for FromValue {
    type Error = Fault;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Int(v) => visitor.visit_i64(v),
            Value::Text(v) => visitor.visit_string(v),
            Value::Uuid(v) => visitor.visit_bytes(v.as_bytes()),
        }
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Int(v @ (0 | 1)) => visitor.visit_bool(v == 1),
            _ => self.deserialize_any(visitor),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
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

    fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(column: T, value: Value) {
        assert_eq!(to_value(&column), value);
        assert_eq!(from_value::<T>(value).unwrap(), column);
    }

    #[test]
    fn columns_go_there_and_back() {
        there_and_back(7_i64, Value::Int(7));
        there_and_back(7_u32, Value::Int(7));
        there_and_back(true, Value::Int(1));
        there_and_back("a".to_owned(), Value::Text("a".into()));
        there_and_back(Some(Uuid::from_u128(3)), Value::Uuid(Uuid::from_u128(3)));
        there_and_back(None::<String>, Value::Null);
        there_and_back(State::Held, Value::Text("held".into()));
        there_and_back(Timestamp::from_micros(5), Value::Int(5));
        there_and_back(Json(vec![1, 2]), Value::Text("[1,2]".into()));
    }

    #[test]
    fn what_a_column_cannot_be_is_refused() {
        assert!(from_value::<u32>(Value::Int(-1)).is_err());
        assert!(from_value::<State>(Value::Text("lost".into())).is_err());
        assert!(from_value::<i64>(Value::Null).is_err());
        assert!(from_value::<Json<Vec<i64>>>(Value::Text("{}".into())).is_err());
    }
}
