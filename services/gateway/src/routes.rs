//! Request dispatch. Every request passes here: rate limit, route lookup, token check, and the call of the service
//! through its guard. A path that only a rule knows is translated to a canonical request first, and its response is
//! translated back.

mod health;
mod hop_by_hop;
pub(crate) mod own;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_http::{
    Problem, codes,
    context::Context,
    extract::{MAX_BODY_BYTES, bearer_token},
};
use boxoffice_identity::{Credential, Verifier};
use tower::Service;

use crate::{
    middleware::{Limits, check_encoding, gather},
    rules::{self, Rules},
    upstreams::{Entry, Guard, Route, Table},
};
use own::Own;

/// Dispatches every request to the upstream that documents its path, or to the gateway's own routes.
pub(crate) struct Dispatcher {
    pub guards: Arc<[Guard]>,
    pub table: Table,
    pub rules: Rules,
    pub limits: Option<Limits>,
    pub verifier: Verifier,
    /// Credential of callers without a token; `None` unless the catalogue is open.
    pub anonymous: Option<Credential>,
    pub own: Own,
    /// Timeout for receiving a body.
    pub body_timeout: Duration,
    pub clock: Clock,
    pub entropy: Entropy,
}

/// The problem of a refused request: an extension of the request to [`Own::refusals`], so that refusals pass the same
/// middleware as every response.
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

impl Dispatcher {
    /// Responds to a request.
    pub async fn respond(&self, request: Request) -> Response {
        let limit =
            |limits: &Limits| limits.take(&request, self.rules.canonical(request.method(), request.uri().path()));
        let Some(status) = self.limits.as_ref().and_then(limit) else {
            return self.route(request).await;
        };
        let mut response = match status.refusal() {
            Some(problem) => self.refuse(request, problem).await,
            None => self.route(request).await,
        };
        status.insert_headers(response.headers_mut());
        response
    }

    async fn route(&self, request: Request) -> Response {
        match self.table.find(request.uri().path()) {
            None if self.rules.knows(request.uri().path()) => self.forward_by_rule(request).await,
            entry => self.forward(entry, request).await,
        }
    }

    /// Translates a request for a compatible path, forwards the canonical request with all its checks, and translates the
    /// response back.
    async fn forward_by_rule(&self, mut request: Request) -> Response {
        let found = match self.admit_to_rule(&mut request) {
            Ok(found) => found,
            Err(refused) => return self.refuse(request, refused).await,
        };
        let late = self.prepare(&mut request);
        let translated = match gather(request, self.body_timeout, &self.clock).await {
            Ok(mut request) => {
                rules::translate_request(found, &mut request).await.map(|translated| (translated, request))
            }
            Err(problem) => Err(problem),
        };
        match translated {
            Ok((translated, request)) => {
                let entry = self.table.find(request.uri().path());
                rules::translate_response(&translated, self.forward(entry, request).await).await
            }
            Err(problem) => self.refuse(late, problem).await,
        }
    }

    /// Forwards a request to the documented route of its path, or to the gateway's own routes.
    async fn forward(&self, entry: Option<&Entry>, mut request: Request) -> Response {
        let Some(entry) = entry else { return send(&self.own.routes, request).await };
        let (guard, route) = match self.admit(entry, &mut request) {
            Ok(admitted) => admitted,
            Err(refused) => return self.refuse(request, refused).await,
        };
        let late = self.prepare(&mut request);
        let answered = match gather(request, self.body_timeout, &self.clock).await {
            Ok(request) => guard.call(route, request).await,
            Err(problem) => Err(problem),
        };
        match answered {
            Ok(response) => response,
            Err(problem) => self.refuse(late, problem).await,
        }
    }

    /// Prepares a request for forwarding. Returns a copy of its head, from which a refusal gets the request id.
    fn prepare(&self, request: &mut Request) -> Request {
        hop_by_hop::remove(request.headers_mut());
        let context = Context::from_headers(request.headers(), &self.clock, &self.entropy);
        request.extensions_mut().insert(context.clone());
        let mut late = Request::new(Body::empty());
        *late.method_mut() = request.method().clone();
        late.extensions_mut().insert(context);
        late
    }

    async fn refuse(&self, mut request: Request, refused: impl Into<Refused>) -> Response {
        request.extensions_mut().insert(refused.into());
        send(&self.own.refusals, request).await
    }

    /// The guard and the route of a request. The token is checked first, so that an unauthenticated client does not learn
    /// which methods exist.
    fn admit<'a>(&'a self, entry: &'a Entry, request: &mut Request) -> Result<(&'a Guard, &'a Route), Refused> {
        let route = entry.route(request.method());
        self.check_caller(route, request.headers_mut())?;
        let route = route.ok_or_else(|| no_such_method(request.method(), &entry.allow))?;
        check_content(Some(route), request.headers())?;
        Ok((&self.guards[route.upstream], route))
    }

    /// The rule of a request, before its body is read. The token is checked first.
    fn admit_to_rule(&self, request: &mut Request) -> Result<rules::Found, Refused> {
        let found = self.rules.find(request.method(), request.uri().path());
        let canonical = found.as_ref().ok().and_then(|found| found.rule.canonical());
        let route = canonical.and_then(|(method, path)| self.table.find(path)?.route(method));
        self.check_caller(route, request.headers_mut())?;
        let found = found.map_err(|allow| no_such_method(request.method(), allow))?;
        check_content(route, request.headers())?;
        Ok(found)
    }

    /// Checks the token, or adds the anonymous credential to a request without a token if the catalogue is open.
    fn check_caller(&self, route: Option<&Route>, headers: &mut HeaderMap) -> Result<(), Problem> {
        match &self.anonymous {
            Some(anonymous) if route.is_some_and(|route| route.is_catalogue) && is_without_token(headers) => {
                let bearer = HeaderValue::try_from(format!("Bearer {}", anonymous.bearer()));
                headers.insert(header::AUTHORIZATION, bearer.expect("a token is ASCII"));
                Ok(())
            }
            _ => check_token(headers, &self.verifier),
        }
    }
}

fn no_such_method(method: &Method, allow: &HeaderValue) -> Refused {
    let problem = Problem::new(&codes::METHOD_NOT_ALLOWED, format!("this path does not support {method}"));
    Refused { problem, allow: Some(allow.clone()) }
}

/// Checks the headers `Accept` and `Content-Encoding`.
fn check_content(route: Option<&Route>, headers: &HeaderMap) -> Result<(), Problem> {
    route.map_or(Ok(()), |route| route.answers.check(headers))?;
    check_encoding(headers)?;
    check_length(headers)
}

async fn send(router: &Router, request: Request) -> Response {
    router.clone().call(request).await.unwrap_or_else(|never| match never {})
}

fn is_without_token(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::AUTHORIZATION)
}

/// Checks that the request has exactly one valid token.
fn check_token(headers: &HeaderMap, verifier: &Verifier) -> Result<(), Problem> {
    let verified = verifier.verify(bearer_token(headers)?);
    verified.map(drop).map_err(|why| Problem::new(&codes::UNAUTHORIZED, why.to_string()))
}

/// Refuses a body by its `Content-Length` before it is read. The extractor limits bodies without the header.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(Problem::new(&codes::TOO_LARGE, format!("the body is larger than {MAX_BODY_BYTES} bytes")));
    }
    Ok(())
}
