use std::fmt;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use boxoffice_database::Row;
use boxoffice_writer::{Conditional, ExpectedVersion};

use crate::{Problem, codes::field};

/// The header `ETag` of a response with one row: the version of the row as a strong tag, such as `"3"` (RFC 9110, 8.8.3).
/// Answer `(ETag(row.version), Json(..))`.
///
/// The tag covers only fields that clients can change, not derived values such as the number of available seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag(pub i64);

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let value = HeaderValue::try_from(self.to_string()).expect("digits in quotes are visible ASCII");
        parts.headers_mut().insert(header::ETAG, value);
        Ok(parts)
    }
}

/// The header `If-Match` (RFC 9110, 13.1.1): the change is made only if the resource has one of these [`ETag`]s, or exists
/// at all (`*`). Without the header the last change wins.
///
/// Weak tags and unknown tags never match. A value that is neither `*` nor a list of tags is refused with 400.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(pub ExpectedVersion);

impl IfMatch {
    /// `command` on condition that the row with the key `row` has an expected version. The condition is checked in the
    /// transaction of the change: of two requests with the same tag, one is refused with
    /// [`PRECONDITION_FAILED`](crate::codes::PRECONDITION_FAILED).
    pub fn guard<R: Row, C>(self, row: R::Key, command: C) -> Conditional<R, C> {
        Conditional { row, expected: self.0, command }
    }

    /// Reads the value of the header; several headers are joined with commas.
    fn read(value: &str) -> Option<ExpectedVersion> {
        if value.trim() == "*" {
            return Some(ExpectedVersion::Exists);
        }
        let (mut versions, mut tags, mut rest) = (Vec::new(), 0, value);
        loop {
            // Empty list elements are allowed and ignored (RFC 9110, 5.6.1.2).
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return (tags > 0).then_some(ExpectedVersion::OneOf(versions));
            }
            let strong = rest.strip_prefix("W/");
            let (tag, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
            if !tag.chars().all(|c| c > ' ' && c != '\u{7f}') {
                return None;
            }
            let version = tag.parse().ok().filter(|version: &i64| strong.is_none() && version.to_string() == tag);
            versions.extend(version);
            tags += 1;
            rest = after.trim_start_matches([' ', '\t']);
            if !(rest.is_empty() || rest.starts_with(',')) {
                return None;
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let values: Vec<_> = parts.headers.get_all(header::IF_MATCH).iter().collect();
        if values.is_empty() {
            return Ok(Self(ExpectedVersion::Any));
        }
        let joined = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join(",");
        let malformed = || Problem::field("If-Match", field::FORMAT, r#"expected ETags in quotes, such as "3", or *"#);
        Self::read(&joined).map(Self).ok_or_else(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_syntax_of_rfc_9110_is_accepted() {
        let versions = |versions: &[i64]| Some(ExpectedVersion::OneOf(versions.to_vec()));
        for (value, expected) in [
            (r#""3""#, versions(&[3])),
            (r#" "3" ,"4","#, versions(&[3, 4])),
            (r#", ,"3""#, versions(&[3])),
            (r#"W/"3""#, versions(&[])),
            (r#"W/"3", "4""#, versions(&[4])),
            (r#""a,b", "5""#, versions(&[5])),
            (r#""""#, versions(&[])),
            (r#""03""#, versions(&[])),
            (r#""+3""#, versions(&[])),
            (r#""9999999999999999999""#, versions(&[])),
            ("*", Some(ExpectedVersion::Exists)),
            (" * ", Some(ExpectedVersion::Exists)),
            ("", None),
            (",", None),
            ("3", None),
            (r#""3"#, None),
            (r#""3" "4""#, None),
            (r#""3", *"#, None),
            ("**", None),
            (r#"w/"3""#, None),
            (r#"W/3"#, None),
            (r#""a b""#, None),
        ] {
            assert_eq!(IfMatch::read(value), expected, "{value}");
        }
    }
}
