use std::{borrow::Cow, marker::PhantomData};

use boxoffice_database::{Order, Sortable, Value};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::Cursor;
use crate::{Problem, codes::field};

/// The parameter `sort` of a list of `R`: one of its keys, such as `name`, or `-name` for descending order. Another value is
/// refused with 400 and the list of valid values.
///
/// A filter declares it as `#[param(inline)] sort: Option<SortVenues>` with an alias (`type SortVenues = Sort<Venue>`),
/// because the macro that documents a filter does not accept generics.
#[derive(Debug)]
pub struct Sort<R> {
    word: &'static str,
    column: &'static str,
    descending: bool,
    of: PhantomData<fn() -> R>,
}

impl<R> Clone for Sort<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Sort<R> {}

/// The content of a cursor of a sorted list: the last item of a page.
#[derive(Serialize, Deserialize)]
struct Place<'a> {
    /// The order, which detects a cursor of another order.
    by: Cow<'a, str>,
    #[serde(with = "column")]
    value: Value,
    #[serde(with = "column")]
    id: Value,
}

impl<R: Sortable> Sort<R> {
    fn read(text: &str) -> Option<Self> {
        let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let (word, column) = R::SORTS.iter().find(|(known, _)| *known == word)?;
        Some(Self { word, column, descending, of: PhantomData })
    }

    fn text(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.word)
    }

    fn words() -> impl Iterator<Item = String> {
        R::SORTS.iter().flat_map(|(word, _)| [(*word).to_owned(), format!("-{word}")])
    }

    /// The order, starting after the item of `cursor`.
    pub(super) fn after(self, cursor: Option<&Cursor>) -> Result<Order, Problem> {
        let place = cursor.map(Cursor::key::<Place<'_>>).transpose()?;
        if place.as_ref().is_some_and(|place| place.by != self.text()) {
            return Err(Problem::field("cursor", field::FORMAT, "belongs to another order of the list"));
        }
        let after = place.map(|place| (place.value, place.id));
        Ok(Order { column: self.column, descending: self.descending, after })
    }

    /// The content of a cursor that points to `row`.
    pub(super) fn key(self, row: &R) -> impl Serialize + use<R> {
        let id = R::key_values(&row.key()).swap_remove(0);
        Place { by: self.text().into(), value: row.column(self.column), id }
    }
}

/// The default order of the list.
impl<R: Sortable> Default for Sort<R> {
    fn default() -> Self {
        Self::read(R::DEFAULT_SORT).expect("the default order of a list is a valid value")
    }
}

impl<'de, R: Sortable> Deserialize<'de> for Sort<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let known = || Self::words().collect::<Vec<_>>().join(", ");
        Self::read(&text).ok_or_else(|| de::Error::custom(format!("expected one of {}", known())))
    }
}

impl<R: Sortable> PartialSchema for Sort<R> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(utoipa::openapi::Type::String).enum_values(Some(Self::words())).into()
    }
}

impl<R: Sortable> ToSchema for Sort<R> {
    fn name() -> Cow<'static, str> {
        format!("SortOf_{}", R::TABLE.name).into()
    }
}

/// The value of a column in a cursor.
mod column {
    use boxoffice_database::Value;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use uuid::Uuid;

    #[derive(Serialize, Deserialize)]
    enum Column {
        N(i64),
        T(String),
        U(Uuid),
    }

    pub fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Value::Int(number) => Column::N(*number),
            Value::Text(text) => Column::T(text.clone()),
            Value::Uuid(id) => Column::U(*id),
            Value::Null => return Err(serde::ser::Error::custom("a list cannot be sorted by an optional column")),
        }
        .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        match Column::deserialize(deserializer)? {
            Column::T(text) if text.contains('\0') => Err(D::Error::custom("U+0000")),
            Column::T(text) => Ok(Value::Text(text)),
            Column::N(number) => Ok(Value::Int(number)),
            Column::U(id) => Ok(Value::Uuid(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    boxoffice_database::table! {
        /// A row of the tests.
        pub struct Sample in "samples" appended {
            key { id: i64 }
            /// The column to sort by.
            name: String,
        }
    }

    impl Sortable for Sample {
        const SORTS: &'static [(&'static str, &'static str)] = &[("id", "id"), ("title", "name")];
        const DEFAULT_SORT: &'static str = "-id";
    }

    fn sort(text: &str) -> Result<Sort<Sample>, serde_json::Error> {
        serde_json::from_value(serde_json::Value::String(text.into()))
    }

    #[test]
    fn an_unknown_order_is_refused_with_the_known_ones() {
        let order = |sort: Sort<Sample>| (sort.column, sort.descending);
        assert_eq!(order(sort("title").unwrap()), ("name", false));
        assert_eq!(order(sort("-title").unwrap()), ("name", true));
        assert_eq!(order(Sort::default()), ("id", true));
        for text in ["", "-", "name", "--id", "Title", "id,title"] {
            assert_eq!(sort(text).unwrap_err().to_string(), "expected one of id, -id, title, -title", "{text}");
        }
        let schema = serde_json::to_value(Sort::<Sample>::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["id", "-id", "title", "-title"]));
    }

    #[test]
    fn a_cursor_is_valid_only_in_its_order() {
        let by_title = sort("-title").unwrap();
        let cursor = Cursor::of(&by_title.key(&Sample { id: 7, name: "n".into() }));
        let order = by_title.after(Some(&cursor)).unwrap();
        assert_eq!(order.after, Some((Value::Text("n".into()), Value::Int(7))));
        for other in ["title", "id", "-id"] {
            let problem = sort(other).unwrap().after(Some(&cursor)).unwrap_err();
            assert_eq!(problem.errors[0].field, "cursor", "{other}");
        }
        assert_eq!(Sort::<Sample>::default().after(Some(&Cursor::of(&7))).unwrap_err().errors[0].field, "cursor");
    }
}
