use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use boxoffice_envelope::Origin;
use boxoffice_identity::{Principal, Scope, Verifier};

use crate::{Problem, codes, context::Context};

/// Who asks: the bearer of a token that was found good. Otherwise 401.
///
/// `Option<Caller>` is for what may be read without a token: a request that brings a bad one is refused all the same.
/// Needs the [`Verifier`] among the extensions of the request, where a [`Middleware`](crate::middleware::Middleware)
/// puts it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whom the token stands for.
    pub principal: Arc<Principal>,
    /// The origin of what is done by this request; the actor is the token's subject.
    pub origin: Origin,
}

impl Caller {
    /// Whether the token carries `scope`. An operator may do everything, and carries only what its token says.
    pub fn has(&self, scope: Scope) -> bool {
        self.principal.scopes.contains(scope)
    }

    /// Passes when the token carries `scope`.
    ///
    /// # Errors
    /// [`codes::FORBIDDEN`], naming the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.has(scope) {
            return Ok(());
        }
        Err(Problem::new(&codes::FORBIDDEN, format!("this needs a token with the scope `{scope}`")))
    }

    /// The token's subject.
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
            return Err(Problem::internal("no verifier of tokens: the router is not framed"));
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

/// The token of `Authorization: Bearer` (RFC 6750). Two such headers are refused: another door could have read the other.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(Problem::new(&codes::UNAUTHORIZED, "the header `Authorization` is not one `Bearer TOKEN`")),
    }
}
