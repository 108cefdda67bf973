use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use boxoffice_envelope::Origin;
use boxoffice_identity::{Principal, Scope, Verifier};

use crate::{Problem, codes, context::Context};

/// The authenticated caller: the bearer of a valid token. Any other request is refused with 401.
///
/// `Option<Caller>` is for public routes: `None` without a token, while an invalid token is refused with 401. The
/// extractor needs the [`Verifier`] that [`Middleware`](crate::middleware::Middleware) adds to the extensions.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The subject and the scopes of the token.
    pub principal: Arc<Principal>,
    /// The origin of commands of this request; the actor is the subject of the token.
    pub origin: Origin,
}

impl Caller {
    /// Whether the token has `scope`. The scope `operator` does not imply the others.
    pub fn has(&self, scope: Scope) -> bool {
        self.principal.scopes.contains(scope)
    }

    /// Checks that the token has `scope`.
    ///
    /// # Errors
    /// [`codes::FORBIDDEN`], naming the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.has(scope) {
            return Ok(());
        }
        Err(Problem::new(&codes::FORBIDDEN, format!("the request needs a token with the scope `{scope}`")))
    }

    /// The subject of the token.
    pub fn subject(&self) -> &str {
        &self.principal.subject
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers)?;
        let Some(verifier) = parts.extensions.get::<Verifier>() else {
            return Err(Problem::internal("the router has no middleware, so no token can be verified"));
        };
        let principal = verifier.verify(token).map_err(|why| Problem::new(&codes::UNAUTHORIZED, why.to_string()))?;
        let Ok(context) = Context::from_request_parts(parts, state).await;
        Ok(Self { origin: context.origin(&principal.subject), principal })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
    }
}

/// The token of the header `Authorization: Bearer TOKEN` (RFC 6750, section 2.1).
///
/// # Errors
/// [`codes::UNAUTHORIZED`] without the header, with another scheme, or with two such headers, because a proxy may have
/// checked the other one.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let refused = |detail: &'static str| Problem::new(&codes::UNAUTHORIZED, detail);
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| refused("send a token: `Authorization: Bearer TOKEN`"))?;
    let token = value.to_str().ok().and_then(|text| text.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) => Ok(token),
        _ => Err(refused("the header `Authorization` is not one `Bearer TOKEN`")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn token(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer_token(&headers).ok().map(str::to_owned)
    }

    #[test]
    fn a_request_has_exactly_one_bearer_token() {
        assert_eq!(token(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(token(&["bearer  abc "]).as_deref(), Some("abc"));
        for values in [&[][..], &["Basic abc"], &["Bearer"], &["Bearer "], &["Bearer a", "Bearer a"]] {
            assert_eq!(token(values), None, "{values:?}");
        }
    }
}
