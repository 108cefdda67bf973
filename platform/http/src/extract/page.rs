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

/// One page of a list, and what is listed: the query `limit`, `cursor`, and the filters of `F`, which are read as strictly
/// as a [`Query`](super::Query).
///
/// A handler reads one row more than [`Page::limit`], after the place that [`Page::after`] names, and answers
/// [`Page::list`].
#[derive(Clone, Debug)]
pub struct Page<F = NoFilter> {
    /// How many are asked for: 1 to 200, by default 50.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
    /// The other parameters.
    pub filter: F,
    uri: Uri,
}

/// For a list that cannot be filtered.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

/// Where a page ended, as the client carries it: opaque to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Base64url of the JSON of `place`, which should be small.
    ///
    /// # Panics
    /// When `place` has no JSON, which is a fault of its type.
    pub fn of(place: &impl Serialize) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("a place is a plain structure")))
    }

    /// The place that it was made of.
    ///
    /// # Errors
    /// [`codes::INVALID`](crate::codes::INVALID), naming `cursor`.
    pub fn place<P: DeserializeOwned>(&self) -> Result<P, Problem> {
        let json = URL_SAFE_NO_PAD.decode(&self.0).ok();
        json.and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| Problem::field("cursor", field::FORMAT, "is none that this list has given out"))
    }

    /// Its text, fit for a query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The parameters of every list, for its OpenAPI document.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many are asked for, by default 50.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the page before ended: taken from its `Link` header.
    pub cursor: Option<String>,
}

impl<F> Page<F> {
    /// The place after which the page begins, none for the first page.
    ///
    /// # Errors
    /// [`codes::INVALID`](crate::codes::INVALID) when the cursor is not one of [`Page::list`] with the same `P`.
    pub fn after<P: DeserializeOwned>(&self) -> Result<Option<P>, Problem> {
        self.cursor.as_ref().map(Cursor::place).transpose()
    }

    /// How many rows to read: one more than the page has, so that it is known whether another page follows.
    pub fn rows(&self) -> usize {
        self.limit as usize + 1
    }

    /// In which order and after which place rows are read, for a list that is sorted by `sort` or, without it, by the
    /// list's own order. [`Page::list_sorted`] answers them.
    ///
    /// # Errors
    /// [`codes::INVALID`](crate::codes::INVALID) when the cursor is none of this list in this order.
    pub fn order<R: Sortable>(&self, sort: Option<Sort<R>>) -> Result<Order, Problem> {
        sort.unwrap_or_default().after(self.cursor.as_ref())
    }

    /// [`Page::list`] of rows that were read in the order of [`Page::order`]. [`PageResponse::map`] makes of each what
    /// is shown.
    pub fn list_sorted<R: Sortable>(self, sort: Option<Sort<R>>, rows: Vec<R>) -> PageResponse<R> {
        self.list(rows, |last| sort.unwrap_or_default().place(last))
    }

    /// The page as a JSON array, from up to [`Page::rows`] items in order. When there are more than [`Page::limit`], the
    /// rest is cut off and the answer links to the next page, which begins after the `place` of the last item.
    pub fn list<T, P: Serialize>(self, mut items: Vec<T>, place: impl Fn(&T) -> P) -> PageResponse<T> {
        let limit = self.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|last| link(self.uri.path(), self.uri.query().unwrap_or(""), &Cursor::of(&place(last))));
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
        // Behind `Router::nest`, the path of the request is cut; the client sent the original.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0).clone();
        Ok(Self { limit, cursor: cursor.map(Cursor), filter: query::read(filters)?, uri })
    }
}

/// The value of a `Link` header (RFC 8288) to the page after `next`: `path` and `query` are those of this page.
pub fn link(path: &str, query: &str, next: &Cursor) -> HeaderValue {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    let parameters = parameters.extend_pairs(others).append_pair("cursor", next.as_str()).finish();
    // A URI may hold characters beyond ASCII as they are; a header may not.
    let path: String = path.chars().filter(char::is_ascii).collect();
    HeaderValue::try_from(format!(r#"<{path}?{parameters}>; rel="next""#)).expect("a path and a query are ASCII")
}

/// A page on its way to the client.
#[derive(Debug)]
pub struct PageResponse<T> {
    items: Vec<T>,
    next: Option<HeaderValue>,
}

impl<T> PageResponse<T> {
    /// What is on the page.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The same page, of what `shown` makes of each item.
    pub fn map<U>(self, shown: impl FnMut(T) -> U) -> PageResponse<U> {
        PageResponse { items: self.items.into_iter().map(shown).collect(), next: self.next }
    }

    /// As [`PageResponse::map`], where an item may fail to be shown.
    ///
    /// # Errors
    /// The first error of `shown`.
    pub fn try_map<U, E>(self, shown: impl FnMut(T) -> Result<U, E>) -> Result<PageResponse<U>, E> {
        Ok(PageResponse { items: self.items.into_iter().map(shown).collect::<Result<_, _>>()?, next: self.next })
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
    async fn the_link_leads_to_what_follows_and_keeps_the_filters() {
        let response = page("/things?limit=2").await.unwrap().list(vec![1, 2, 3], |last| *last).into_response();
        let link = response.headers()["link"].to_str().unwrap();
        let next = link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap();
        let next = page(next).await.unwrap();
        assert_eq!((next.limit, next.after::<u32>().unwrap()), (2, Some(2)));
        let last = next.list(vec![3, 4], |last| *last).into_response();
        assert!(!last.headers().contains_key("link"), "two items fill a page and nothing follows");
    }

    #[tokio::test]
    async fn limits_and_cursors_are_checked() {
        assert_eq!(page("/").await.unwrap().limit, 50);
        for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("size=3", "size")] {
            let problem = page(&format!("/?{query}")).await.unwrap_err();
            assert_eq!((problem.code, &*problem.errors[0].field), (&crate::codes::INVALID, field), "{query}");
        }
        let foreign = page("/?cursor=x%40").await.unwrap().after::<u32>().unwrap_err();
        assert_eq!(foreign.errors[0].field, "cursor");
    }
}
