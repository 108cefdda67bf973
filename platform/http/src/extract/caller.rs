use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use boxoffice_envelope::Origin;
use boxoffice_identity::{Principal, Scope, Verifier};

use crate::{Problem, codes, context::Context};

/// The authenticated caller. A request without a valid bearer token is refused with 401.
///
/// `Option<Caller>` is for operations that need no token; it still refuses an invalid token. Requires the [`Verifier`]
/// in the extensions of the request, which the [`Middleware`](crate::middleware::Middleware) adds.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The verified subject and scopes of the token.
    pub principal: Arc<Principal>,
    /// The origin of the changes that this request makes; its actor is the subject of the token.
    pub origin: Origin,
}

impl Caller {
    /// Whether the token has `scope`. The scope `operator` does not imply the others.
    pub fn has(&self, scope: Scope) -> bool {
        self.principal.scopes.contains(scope)
    }

    /// Requires that the token has `scope`.
    ///
    /// # Errors
    /// [`codes::FORBIDDEN`], which names the missing scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.has(scope) {
            return Ok(());
        }
        Err(Problem::new(&codes::FORBIDDEN, format!("this operation requires a token with the scope `{scope}`")))
    }

    /// The subject (`sub`) of the token.
    pub fn subject(&self) -> &str {
        &self.principal.subject
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Some(token) = bearer(&parts.headers)? else {
            return Err(Problem::new(&codes::UNAUTHORIZED, "send a token: `Authorization: Bearer TOKEN`"));
        };
        let Some(verifier) = parts.extensions.get::<Verifier>() else {
            return Err(Problem::internal("the request has no token verifier: no middleware wraps the router"));
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

/// The token of `Authorization: Bearer` (RFC 6750). Two such headers are refused, since a proxy may have read the other
/// one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(Problem::new(&codes::UNAUTHORIZED, "the header `Authorization` must be one `Bearer TOKEN`")),
    }
}
