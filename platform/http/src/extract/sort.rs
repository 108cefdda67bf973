use std::{borrow::Cow, marker::PhantomData};

use boxoffice_database::{Order, Sortable, Value};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::Cursor;
use crate::{Problem, codes::field};

/// The parameter `sort` of a list of `R`: a sort key, such as `name`, or `-name` for descending order. An unknown key is
/// refused with 400, which lists the known ones.
///
/// A filter declares `#[param(inline)] sort: Option<SortVenues>` with an alias (`type SortVenues = Sort<Venue>`), since
/// `IntoParams` does not accept generic types.
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

/// The position at which a page of a sorted list ended, as its cursor contains it.
#[derive(Serialize, Deserialize)]
struct Place<'a> {
    /// The sort order of the list; a cursor of another order is refused.
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

    /// The order with the start position of `cursor`.
    pub(super) fn after(self, cursor: Option<&Cursor>) -> Result<Order, Problem> {
        let place = cursor.map(Cursor::place::<Place<'_>>).transpose()?;
        if place.as_ref().is_some_and(|place| place.by != self.text()) {
            return Err(Problem::field("cursor", field::FORMAT, "is a cursor of another sort order"));
        }
        let after = place.map(|place| (place.value, place.id));
        Ok(Order { column: self.column, descending: self.descending, after })
    }

    /// The position of `row`, for a cursor.
    pub(super) fn place(self, row: &R) -> impl Serialize + use<R> {
        let id = R::key_values(&row.key()).swap_remove(0);
        Place { by: self.text().into(), value: row.column(self.column), id }
    }
}

/// The default order of the list.
impl<R: Sortable> Default for Sort<R> {
    fn default() -> Self {
        Self::read(R::DEFAULT_SORT).expect("the default order is one of the sort keys")
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

/// A column's value in a cursor.
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
            Value::Null => return Err(serde::ser::Error::custom("a sort column is never null")),
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
        /// A table for the tests of this module.
        pub struct Item in "items" appended {
            key { id: i64 }
            /// The column of the sort key `title`.
            name: String,
        }
    }

    impl Sortable for Item {
        const SORTS: &'static [(&'static str, &'static str)] = &[("id", "id"), ("title", "name")];
        const DEFAULT_SORT: &'static str = "-id";
    }

    fn sort(text: &str) -> Result<Sort<Item>, serde_json::Error> {
        serde_json::from_value(serde_json::Value::String(text.into()))
    }

    #[test]
    fn an_unknown_sort_key_is_refused_with_the_known_keys() {
        let order = |sort: Sort<Item>| (sort.column, sort.descending);
        assert_eq!(order(sort("title").unwrap()), ("name", false));
        assert_eq!(order(sort("-title").unwrap()), ("name", true));
        assert_eq!(order(Sort::default()), ("id", true));
        for text in ["", "-", "name", "--id", "Title", "id,title"] {
            assert_eq!(sort(text).unwrap_err().to_string(), "expected one of id, -id, title, -title", "{text}");
        }
        let schema = serde_json::to_value(Sort::<Item>::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["id", "-id", "title", "-title"]));
    }

    #[test]
    fn a_cursor_is_valid_only_for_its_own_sort_order() {
        let by_title = sort("-title").unwrap();
        let cursor = Cursor::of(&by_title.place(&Item { id: 7, name: "n".into() }));
        let order = by_title.after(Some(&cursor)).unwrap();
        assert_eq!(order.after, Some((Value::Text("n".into()), Value::Int(7))));
        for other in ["title", "id", "-id"] {
            let problem = sort(other).unwrap().after(Some(&cursor)).unwrap_err();
            assert_eq!(problem.errors[0].field, "cursor", "{other}");
        }
        assert_eq!(Sort::<Item>::default().after(Some(&Cursor::of(&7))).unwrap_err().errors[0].field, "cursor");
    }
}
