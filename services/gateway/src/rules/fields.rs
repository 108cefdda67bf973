//! Reads requests by the declarations of their rule. Undeclared fields and wrong types are refused by the client's names.
//! The service checks required fields and ranges.

use std::{collections::BTreeSet, fmt};

use boxoffice_http::{
    FieldError, Problem,
    codes::{self, field},
};
use indexmap::IndexMap;
use jaq_json::{Val, read};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::file::{Field, Kind};

/// Declared fields by name.
pub type Fields = IndexMap<String, Field>;

/// Reads a body as an object of `fields`.
///
/// # Errors
/// 400 with all undeclared fields and wrong types.
pub fn body(fields: &Fields, json: &RawValue) -> Result<Val, Problem> {
    let mut reader = Reader { fields, errors: Vec::new() };
    match reader.object("", "", json) {
        Some(value) if reader.errors.is_empty() => Ok(value),
        Some(_) => Err(Problem::fields(reader.errors)),
        None => Err(Problem::new(&codes::INVALID, "the body does not fit: expected an object")),
    }
}

/// Reads decoded parameters of a path or a query.
///
/// # Errors
/// 400 with all unknown, repeated and malformed parameters.
pub fn parameters(fields: &Fields, sent: impl Iterator<Item = (String, String)>) -> Result<Val, Problem> {
    let mut reader = Reader { fields, errors: Vec::new() };
    let (mut values, mut seen) = (Vec::new(), BTreeSet::new());
    for (name, text) in sent {
        match fields.get(&name) {
            None => reader.unknown("", "", &name),
            Some(_) if !seen.insert(name.clone()) => reader.refuse(name, field::FORMAT, "occurs twice"),
            Some(Field { kind, .. }) => match of_text(*kind, &text) {
                Some(value) => values.push((name, value)),
                None => reader.refuse(name, field::FORMAT, format!("expected {}", kind.expected())),
            },
        }
    }
    if reader.errors.is_empty() { Ok(object(values)) } else { Err(Problem::fields(reader.errors)) }
}

/// Builds an object for a filter.
pub fn object(members: impl IntoIterator<Item = (String, Val)>) -> Val {
    Val::obj(members.into_iter().map(|(name, value)| (Val::from(name), value)).collect())
}

struct Reader<'a> {
    fields: &'a Fields,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    /// Reads `json` as an object of the fields declared under `prefix`, at the client's path `at`; `None` if it is not an
    /// object.
    fn object(&mut self, prefix: &str, at: &str, json: &RawValue) -> Option<Val> {
        let Members(members) = serde_json::from_str(json.get()).ok()?;
        let (mut values, mut seen) = (Vec::new(), BTreeSet::new());
        for (name, json) in members {
            let Some(Field { kind, .. }) = self.fields.get(&format!("{prefix}{name}")) else {
                self.unknown(prefix, at, &name);
                continue;
            };
            let path = format!("{at}{name}");
            if !seen.insert(name.clone()) {
                self.refuse(path, field::FORMAT, "occurs twice");
            } else if let Some(value) = self.value(*kind, &format!("{prefix}{name}"), &path, json) {
                values.push((name, value));
            }
        }
        Some(object(values))
    }

    fn value(&mut self, kind: Kind, declared: &str, path: &str, json: &RawValue) -> Option<Val> {
        if json.get() == "null" {
            return Some(Val::Null);
        }
        if kind != Kind::List {
            let value = of_json(kind, json.get());
            if value.is_none() {
                let is_text = json.get().starts_with('"');
                let code = if kind == Kind::NumberText && is_text { field::FORMAT } else { field::TYPE };
                self.refuse(path.to_owned(), code, format!("expected {}", kind.expected()));
            }
            return value;
        }
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json.get()) else {
            self.refuse(path.to_owned(), field::TYPE, "expected an array");
            return None;
        };
        let mut values = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            match self.object(&format!("{declared}[]."), &format!("{path}[{at}]."), item) {
                Some(value) => values.push(value),
                None => self.refuse(format!("{path}[{at}]"), field::TYPE, "expected an object"),
            }
        }
        Some(values.into_iter().collect())
    }

    fn unknown(&mut self, prefix: &str, at: &str, name: &str) {
        let siblings = self.fields.keys().filter_map(|known| known.strip_prefix(prefix));
        let known: Vec<_> = siblings.filter(|known| !known.contains("[].")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        self.refuse(format!("{at}{name}"), field::UNKNOWN, format!("is unknown; the known ones are {known}"));
    }

    fn refuse(&mut self, field: String, code: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError { field, code: code.into(), message: message.into() });
    }
}

fn of_json(kind: Kind, json: &str) -> Option<Val> {
    match kind {
        Kind::Text => serde_json::from_str::<String>(json).ok().map(Val::from),
        Kind::NumberText => of_text(Kind::NumberText, &serde_json::from_str::<String>(json).ok()?),
        Kind::Boolean => serde_json::from_str(json).ok().map(Val::Bool),
        Kind::Integer => of_text(Kind::Integer, json),
        Kind::Decimal => json.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| number(json))?,
        Kind::List => None,
    }
}

fn of_text(kind: Kind, text: &str) -> Option<Val> {
    match kind {
        Kind::Text => Some(Val::from(text.to_owned())),
        Kind::Integer | Kind::NumberText => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_whole = (1..=19).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
            is_whole.then(|| number(text))?
        }
        Kind::Boolean => text.parse().ok().map(Val::Bool),
        Kind::Decimal => number(text),
        Kind::List => None,
    }
}

fn number(text: &str) -> Option<Val> {
    // Only numbers of JSON: jq accepts more.
    serde_json::from_str::<serde_json::Number>(text)
        .ok()
        .and_then(|_| read::parse_single_num(text.as_bytes()).map(Val::Num))
}

/// The members of an object in order, including repeated ones.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let declared = [
            ("name", Kind::Text),
            ("seats", Kind::Integer),
            ("total", Kind::Decimal),
            ("read", Kind::Boolean),
            ("customerId", Kind::NumberText),
            ("items", Kind::List),
            ("items[].quantity", Kind::Integer),
        ];
        declared.map(|(name, kind)| (name.to_owned(), Field { kind, to: None })).into_iter().collect()
    }

    fn read(json: &str) -> Result<String, Problem> {
        body(&fields(), serde_json::from_str(json).unwrap()).map(|value| value.to_string())
    }

    #[test]
    fn valid_fields_are_read_with_their_digits() {
        for (json, value) in [
            ("{}", "{}"),
            (
                r#"{"name":"\u00e9","seats":2,"total":100.00,"read":true}"#,
                r#"{"name":"é","seats":2,"total":100.00,"read":true}"#,
            ),
            (r#"{"customerId":"7","items":[{"quantity":1},{}]}"#, r#"{"customerId":7,"items":[{"quantity":1},{}]}"#),
            (r#"{"name":null,"items":null,"customerId":null}"#, r#"{"name":null,"items":null,"customerId":null}"#),
        ] {
            assert_eq!(read(json).as_deref(), Ok(value), "{json}");
        }
    }

    #[test]
    fn invalid_fields_are_named_as_the_client_spells_them() {
        for (json, field, code) in [
            (r#"{"seat":1}"#, "seat", "unknown"),
            (r#"{"seats":1,"seats":1}"#, "seats", "format"),
            (r#"{"seats":"1"}"#, "seats", "type"),
            (r#"{"seats":1.5}"#, "seats", "type"),
            (r#"{"seats":1e3}"#, "seats", "type"),
            (r#"{"seats":99999999999999999999}"#, "seats", "type"),
            (r#"{"name":1}"#, "name", "type"),
            (r#"{"total":"1.00"}"#, "total", "type"),
            (r#"{"read":"true"}"#, "read", "type"),
            (r#"{"customerId":7}"#, "customerId", "type"),
            (r#"{"customerId":"seven"}"#, "customerId", "format"),
            (r#"{"customerId":""}"#, "customerId", "format"),
            (r#"{"items":{}}"#, "items", "type"),
            (r#"{"items":[7]}"#, "items[0]", "type"),
            (r#"{"items":[{},{"quantity":"2"}]}"#, "items[1].quantity", "type"),
            (r#"{"items":[{"price":2}]}"#, "items[0].price", "unknown"),
        ] {
            let problem = read(json).unwrap_err();
            assert_eq!((&*problem.errors[0].field, &*problem.errors[0].code), (field, code), "{json}");
        }
        assert_eq!(read("[]").unwrap_err().errors, []);
        let several = read(r#"{"a":1,"seats":true}"#).unwrap_err();
        assert_eq!(several.errors.len(), 2, "{several}");
        assert!(several.errors[0].message.ends_with("name, seats, total, read, customerId, items"), "{several}");
    }

    #[test]
    fn parameters_are_validated() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            parameters(&fields(), pairs).map(|value| value.to_string())
        };
        assert_eq!(read(&[("seats", "-2"), ("name", "x y")]).as_deref(), Ok(r#"{"seats":-2,"name":"x y"}"#));
        for (pair, code) in [
            (("seats", "two"), "format"),
            (("seats", "+2"), "format"),
            (("seats", ""), "format"),
            (("x", "1"), "unknown"),
        ] {
            assert_eq!(read(&[pair]).unwrap_err().errors[0].code, code, "{pair:?}");
        }
        assert_eq!(read(&[("name", "a"), ("name", "b")]).unwrap_err().errors[0].message, "occurs twice");
    }
}
