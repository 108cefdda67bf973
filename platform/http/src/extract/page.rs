use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderValue, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boxoffice_database::{Order, Sortable};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::IntoParams;

use super::{Sort, query};
use crate::{Problem, codes::field};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// The query of a list: `limit`, `cursor`, and the filters of `F`, which are validated like a [`Query`](super::Query).
///
/// A handler reads [`Page::rows`] rows after the key of [`Page::after`] and answers [`Page::list`].
#[derive(Clone, Debug)]
pub struct Page<F = NoFilter> {
    /// Maximum number of items on the page: 1 to 200, 50 by default.
    pub limit: u32,
    /// Key of the last item of the previous page; `None` for the first page.
    pub cursor: Option<Cursor>,
    /// The other parameters of the query.
    pub filter: F,
    uri: Uri,
}

/// The filter of a list without filters.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

/// The key of the last item of a page, in a form that is opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Encodes `key` as base64url of its JSON. Keys should be short.
    ///
    /// # Panics
    /// When `key` cannot be written as JSON.
    pub fn of(key: &impl Serialize) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("a key is a plain structure")))
    }

    /// The key that the cursor encodes.
    ///
    /// # Errors
    /// [`codes::INVALID`](crate::codes::INVALID), naming `cursor`.
    pub fn key<P: DeserializeOwned>(&self) -> Result<P, Problem> {
        let json = URL_SAFE_NO_PAD.decode(&self.0).ok();
        json.and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| Problem::field("cursor", field::FORMAT, "is not a cursor of this list"))
    }

    /// The text of the cursor, which needs no escapes in a query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The parameters of every list, for the OpenAPI document.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Maximum number of items; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Cursor of the next page, from the `Link` header of the previous response.
    pub cursor: Option<String>,
}

impl<F> Page<F> {
    /// The key after which the page begins; `None` for the first page.
    ///
    /// # Errors
    /// [`codes::INVALID`](crate::codes::INVALID) when the cursor is not one of [`Page::list`] with the same `P`.
    pub fn after<P: DeserializeOwned>(&self) -> Result<Option<P>, Problem> {
        self.cursor.as_ref().map(Cursor::key).transpose()
    }

    /// Number of rows to read: one more than [`Page::limit`], which tells whether another page follows.
    pub fn rows(&self) -> usize {
        self.limit as usize + 1
    }

    /// The order of the rows and the key to start after, for a list sorted by `sort`; the default order of the list for
    /// `None`. Answer the rows with [`Page::list_sorted`].
    ///
    /// # Errors
    /// [`codes::INVALID`](crate::codes::INVALID) when the cursor belongs to another list or another order.
    pub fn order<R: Sortable>(&self, sort: Option<Sort<R>>) -> Result<Order, Problem> {
        sort.unwrap_or_default().after(self.cursor.as_ref())
    }

    /// [`Page::list`] of rows in the order of [`Page::order`]. [`PageResponse::map`] converts them to responses.
    pub fn list_sorted<R: Sortable>(self, sort: Option<Sort<R>>, rows: Vec<R>) -> PageResponse<R> {
        self.list(rows, |last| sort.unwrap_or_default().key(last))
    }

    /// The page as a JSON array, of up to [`Page::rows`] items in order. If an item is left over after [`Page::limit`] items,
    /// it is cut off and the response links to the next page, which begins after the `key` of the last item.
    pub fn list<T, P: Serialize>(self, mut items: Vec<T>, key: impl Fn(&T) -> P) -> PageResponse<T> {
        let limit = self.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|last| link(self.uri.path(), self.uri.query().unwrap_or(""), &Cursor::of(&key(last))));
        PageResponse { items, next }
    }
}

impl<S: Send + Sync, F: DeserializeOwned> FromRequestParts<S> for Page<F> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (own, filters) =
            query::pairs(parts)?.into_iter().partition(|(name, _)| matches!(name.as_ref(), "limit" | "cursor"));
        let PageParams { limit, cursor } = query::read(own)?;
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::field("limit", field::RANGE, "expected 1 to 200"));
        }
        // `Router::nest` removes its prefix from the path; clients need the original path.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0).clone();
        Ok(Self { limit, cursor: cursor.map(Cursor), filter: query::read(filters)?, uri })
    }
}

/// The value of a `Link` header (RFC 8288) to the page after `next`: `path` and `query` are those of this page.
pub fn link(path: &str, query: &str, next: &Cursor) -> HeaderValue {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    let parameters = parameters.extend_pairs(others).append_pair("cursor", next.as_str()).finish();
    // A URI may contain unescaped non-ASCII characters; a header value may not.
    let path: String = path.chars().filter(char::is_ascii).collect();
    HeaderValue::try_from(format!(r#"<{path}?{parameters}>; rel="next""#)).expect("a path and a query are ASCII")
}

/// The response with one page of a list.
#[derive(Debug)]
pub struct PageResponse<T> {
    items: Vec<T>,
    next: Option<HeaderValue>,
}

impl<T> PageResponse<T> {
    /// The items of the page.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Converts each item with `convert`.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> PageResponse<U> {
        PageResponse { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }

    /// Converts each item with a fallible `convert`.
    ///
    /// # Errors
    /// The first error of `convert`.
    pub fn try_map<U, E>(self, convert: impl FnMut(T) -> Result<U, E>) -> Result<PageResponse<U>, E> {
        Ok(PageResponse { items: self.items.into_iter().map(convert).collect::<Result<_, _>>()?, next: self.next })
    }
}

impl<T: Serialize> IntoResponse for PageResponse<T> {
    fn into_response(self) -> Response {
        let next = self.next.map(|link| [(header::LINK, link)]);
        (next, Json(self.items)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn page(uri: &str) -> Result<Page, Problem> {
        Page::from_request_parts(&mut Request::get(uri).body(()).unwrap().into_parts().0, &()).await
    }

    #[tokio::test]
    async fn the_link_names_the_next_page_and_keeps_the_filters() {
        let response = page("/things?limit=2").await.unwrap().list(vec![1, 2, 3], |last| *last).into_response();
        let link = response.headers()["link"].to_str().unwrap();
        let next = link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap();
        let next = page(next).await.unwrap();
        assert_eq!((next.limit, next.after::<u32>().unwrap()), (2, Some(2)));
        let last = next.list(vec![3, 4], |last| *last).into_response();
        assert!(!last.headers().contains_key("link"), "two items fill the last page");
    }

    #[tokio::test]
    async fn limits_and_cursors_are_validated() {
        assert_eq!(page("/").await.unwrap().limit, 50);
        for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("size=3", "size")] {
            let problem = page(&format!("/?{query}")).await.unwrap_err();
            assert_eq!((problem.code, &*problem.errors[0].field), (&crate::codes::INVALID, field), "{query}");
        }
        let foreign = page("/?cursor=x%40").await.unwrap().after::<u32>().unwrap_err();
        assert_eq!(foreign.errors[0].field, "cursor");
    }
}
