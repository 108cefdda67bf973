//! The way of a request through the door. Every request of every client passes here, so little is done: one look at its
//! limit where there is one, one into the table, one at the token, and the call of the service behind its guard.

mod health;
mod hops;
pub(crate) mod own;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use boxoffice_chassis::{Problem, codes, context::Context, extract::LARGEST_BODY};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_identity::{Credential, Verifier};
use tower::Service;

use crate::{
    admission::{Limits, check_encoding, gather},
    upstreams::{Entry, Guard, Table},
};
use own::Own;

/// Hands every request on: to the upstream that documents it, or to the gateway's own routes, which have the rest.
pub(crate) struct Door {
    pub guards: Arc<[Guard]>,
    pub table: Table,
    pub limits: Option<Limits>,
    pub verifier: Verifier,
    /// Shown in the name of whoever reads the catalogue without a token, where that is open.
    pub anonymous: Option<Credential>,
    pub own: Own,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    pub clock: Clock,
    pub entropy: Entropy,
}

/// Why a request is refused: an extension of the request on its way to [`Own::refusals`], so that refusals have the same
/// frame as everything else.
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
    /// The answer to a request.
    pub async fn answer(&self, request: Request) -> Response {
        let Some(standing) = self.limits.as_ref().and_then(|limits| limits.take(&request)) else {
            return self.pass(request).await;
        };
        let mut response = match standing.refusal() {
            Some(problem) => self.refuse(request, problem).await,
            None => self.pass(request).await,
        };
        standing.tell(response.headers_mut());
        response
    }

    async fn pass(&self, mut request: Request) -> Response {
        let Some(entry) = self.table.find(request.uri().path()) else { return send(&self.own.routes, request).await };
        let guard = match self.admit(entry, &mut request) {
            Ok(guard) => guard,
            Err(refused) => return self.refuse(request, refused).await,
        };
        hops::remove(request.headers_mut());
        // The answer has the id of the request, whoever gives it.
        let context = Context::of(request.headers(), &self.clock, &self.entropy);
        request.extensions_mut().insert(context.clone());
        let method = request.method().clone();
        let answered = match gather(request, self.body_time, &self.clock).await {
            Ok(request) => guard.call(request).await,
            Err(problem) => Err(problem),
        };
        match answered {
            Ok(response) => response,
            Err(problem) => {
                let mut request = Request::new(Body::empty());
                *request.method_mut() = method;
                request.extensions_mut().insert(context);
                self.refuse(request, problem).await
            }
        }
    }

    async fn refuse(&self, mut request: Request, refused: impl Into<Refused>) -> Response {
        request.extensions_mut().insert(refused.into());
        send(&self.own.refusals, request).await
    }

    /// Who is to answer, if anybody is. The token comes first: a stranger does not learn which methods there are.
    fn admit(&self, entry: &Entry, request: &mut Request) -> Result<&Guard, Refused> {
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
        route.answers.check(headers)?;
        check_encoding(headers)?;
        check_length(headers)?;
        Ok(&self.guards[route.upstream])
    }
}

async fn send(router: &Router, request: Request) -> Response {
    router.clone().call(request).await.unwrap_or_else(|never| match never {})
}

fn is_without_token(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::AUTHORIZATION)
}

/// Whether there is one good token.
fn check_token(headers: &HeaderMap, verifier: &Verifier) -> Result<(), Problem> {
    let verified = verifier.verify(bearer(headers)?);
    verified.map(drop).map_err(|why| Problem::new(&codes::UNAUTHORIZED, why.to_string()))
}

/// The one token of a request: `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let refused = |why: &'static str| Problem::new(&codes::UNAUTHORIZED, why);
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

/// Refuses a body that is announced as too large before any of it is read. One that announces nothing is measured by
/// whoever reads it.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY) {
        return Err(Problem::new(&codes::TOO_LARGE, format!("the body is larger than {LARGEST_BODY} bytes")));
    }
    Ok(())
}
