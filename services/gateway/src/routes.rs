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
use boxoffice_http::{Problem, codes, context::Context, extract::MAX_BODY_BYTES};
use boxoffice_identity::{Credential, Verifier};
use tower::Service;

use crate::{
    middleware::{Limits, check_encoding, gather},
    rules::{self, Rules},
    upstreams::{Entry, Guard, Route, Table},
};
use own::Own;

/// Hands every request on: to the upstream that documents it, or to the gateway's own routes, which have the rest.
pub(crate) struct Dispatcher {
    pub guards: Arc<[Guard]>,
    pub table: Table,
    pub rules: Rules,
    pub limits: Option<Limits>,
    pub verifier: Verifier,
    /// Credential of callers without a token; `None` unless the catalogue is open.
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

impl Dispatcher {
    /// The answer to a request.
    pub async fn answer(&self, request: Request) -> Response {
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

    /// Makes a canonical request of one for a rule's path, which passes all checks of such a one, and answers as that
    /// path's clients expect.
    async fn forward_by_rule(&self, mut request: Request) -> Response {
        let found = match self.admit_to_rule(&mut request) {
            Ok(found) => found,
            Err(refused) => return self.refuse(request, refused).await,
        };
        let late = self.prepare(&mut request);
        let translated = match gather(request, self.body_time, &self.clock).await {
            Ok(mut request) => rules::translated(found, &mut request).await.map(|asked| (asked, request)),
            Err(problem) => Err(problem),
        };
        match translated {
            Ok((asked, request)) => {
                let entry = self.table.find(request.uri().path());
                rules::answered(&asked, self.forward(entry, request).await).await
            }
            Err(problem) => self.refuse(late, problem).await,
        }
    }

    /// Hands a request on as what is documented for its path, if anything is.
    async fn forward(&self, entry: Option<&Entry>, mut request: Request) -> Response {
        let Some(entry) = entry else { return send(&self.own.routes, request).await };
        let (guard, route) = match self.admit(entry, &mut request) {
            Ok(admitted) => admitted,
            Err(refused) => return self.refuse(request, refused).await,
        };
        let late = self.prepare(&mut request);
        let answered = match gather(request, self.body_time, &self.clock).await {
            Ok(request) => guard.call(route, request).await,
            Err(problem) => Err(problem),
        };
        match answered {
            Ok(response) => response,
            Err(problem) => self.refuse(late, problem).await,
        }
    }

    /// Makes a request ready to be handed on. The answer has the id of the request, whoever gives it: what is returned
    /// stands for the request once that is gone.
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

    /// Who is to answer, if anybody is. The token comes first: a stranger does not learn which methods there are.
    fn admit<'a>(&'a self, entry: &'a Entry, request: &mut Request) -> Result<(&'a Guard, &'a Route), Refused> {
        let route = entry.route(request.method());
        self.check_caller(route, request.headers_mut())?;
        let route = route.ok_or_else(|| no_such_method(request.method(), &entry.allow))?;
        check_content(Some(route), request.headers())?;
        Ok((&self.guards[route.upstream], route))
    }

    /// The same for a rule, before any of the body is read.
    fn admit_to_rule(&self, request: &mut Request) -> Result<rules::Found, Refused> {
        let found = self.rules.find(request.method(), request.uri().path());
        let canonical = found.as_ref().ok().and_then(|found| found.rule.canonical());
        let route = canonical.and_then(|(method, path)| self.table.find(path)?.route(method));
        self.check_caller(route, request.headers_mut())?;
        let found = found.map_err(|allow| no_such_method(request.method(), allow))?;
        check_content(route, request.headers())?;
        Ok(found)
    }

    /// Whether whoever asks may come in, for `route` if there is one: with a good token, or without any where the
    /// catalogue is open.
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

/// Whether the client can read the answer, and its body can be read.
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
        _ => Err(refused("the header `Authorization` must be one `Bearer TOKEN`")),
    }
}

/// Refuses a body that is announced as too large before any of it is read. One that announces nothing is measured by
/// the reader.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(Problem::new(&codes::TOO_LARGE, format!("the body is larger than {MAX_BODY_BYTES} bytes")));
    }
    Ok(())
}
