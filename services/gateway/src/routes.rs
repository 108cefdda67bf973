//! The way of a request through the door. Every request of every client passes here, so little is done: one look into
//! the table, one look at the token, and the call of the service.

mod hops;
pub(crate) mod own;

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    routing::future::RouteFuture,
};
use boxoffice_chassis::{Problem, codes, extract::LARGEST_BODY};
use boxoffice_identity::{Credential, Verifier};
use tower::Service;

use crate::upstreams::{Entry, Table, Upstream};

/// Hands every request on: to the upstream that documents it, or to the gateway's own routes, which have the rest.
#[derive(Clone)]
pub(crate) struct Door(Arc<Inner>);

struct Inner {
    upstreams: Vec<Router>,
    table: Table,
    verifier: Verifier,
    /// Shown in the name of whoever reads the catalogue without a token, where that is open.
    anonymous: Option<Credential>,
    own: Router,
}

/// Why a documented path was not called: an extension of the request on its way to the own routes, which answer so that
/// refusals have the same frame as everything else.
#[derive(Clone)]
struct Refused {
    problem: Problem,
    allow: Option<HeaderValue>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, allow: None }
    }
}

impl Door {
    pub fn new(
        upstreams: Vec<Upstream>,
        table: Table,
        verifier: Verifier,
        anonymous: Option<Credential>,
        own: Router,
    ) -> Self {
        let upstreams = upstreams.into_iter().map(|upstream| upstream.router).collect();
        Self(Arc::new(Inner { upstreams, table, verifier, anonymous, own }))
    }
}

impl Service<Request> for Door {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Inner { own, table, .. } = &*self.0;
        let Some(entry) = table.find(request.uri().path()) else { return own.clone().call(request) };
        match self.0.admit(entry, &mut request) {
            Ok(upstream) => {
                hops::remove(request.headers_mut());
                upstream.clone().call(request)
            }
            Err(refused) => {
                request.extensions_mut().insert(refused);
                own.clone().call(request)
            }
        }
    }
}

impl Inner {
    /// Who is to answer, if anybody is. The token comes first: a stranger does not learn which methods there are.
    fn admit(&self, entry: &Entry, request: &mut Request) -> Result<&Router, Refused> {
        let route = entry.route(request.method());
        let headers = request.headers_mut();
        match &self.anonymous {
            Some(anonymous) if route.is_some_and(|route| route.is_catalogue) && is_without_token(headers) => {
                let bearer = HeaderValue::try_from(format!("Bearer {}", anonymous.bearer()));
                headers.insert(header::AUTHORIZATION, bearer.expect("a token is ASCII"));
            }
            _ => check_token(headers, &self.verifier)?,
        }
        let Some(route) = route else {
            let detail = format!("this path does not know {}", request.method());
            let problem = Problem::new(&codes::METHOD_NOT_ALLOWED, detail);
            return Err(Refused { problem, allow: Some(entry.allow.clone()) });
        };
        check_length(headers)?;
        Ok(&self.upstreams[route.upstream])
    }
}

fn is_without_token(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::AUTHORIZATION)
}

/// Whether there is one good token: `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
fn check_token(headers: &HeaderMap, verifier: &Verifier) -> Result<(), Problem> {
    let refused = |why: &'static str| Problem::new(&codes::UNAUTHORIZED, why);
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| refused("send a token: `Authorization: Bearer TOKEN`"))?;
    let token = value.to_str().ok().and_then(|text| text.split_once(' ')).and_then(|(scheme, token)| {
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) => {
            verifier.verify(token).map(drop).map_err(|why| Problem::new(&codes::UNAUTHORIZED, why.to_string()))
        }
        _ => Err(refused("the header `Authorization` is not one `Bearer TOKEN`")),
    }
}

/// Refuses a body that is announced as too large before any of it is read. One that announces nothing is measured by
/// whoever reads it.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY) {
        return Err(Problem::new(&codes::TOO_LARGE, format!("the body is larger than {LARGEST_BODY} bytes")));
    }
    Ok(())
}
