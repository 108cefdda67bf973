//! The way of a request through the door. Every request of every client passes here, so little is done: one look into
//! the table, one look at the token, and the call of the service. Under a path that only a rule has, a canonical request
//! is made first, and its answer is turned back.

mod hops;
pub(crate) mod own;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};
use boxoffice_chassis::{Problem, codes, extract::LARGEST_BODY};
use boxoffice_identity::{Credential, Verifier};
use tower::Service;

use crate::{
    rules::{self, Rules, Target},
    upstreams::{Entry, Route, Table, Upstream},
};

/// Hands every request on: to the upstream that documents it, or to the gateway's own routes, which have the rest.
#[derive(Clone)]
pub(crate) struct Door(Arc<Inner>);

struct Inner {
    upstreams: Vec<Router>,
    table: Table,
    rules: Rules,
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
        rules: Rules,
        verifier: Verifier,
        anonymous: Option<Credential>,
        own: Router,
    ) -> Self {
        let upstreams = upstreams.into_iter().map(|upstream| upstream.router).collect();
        Self(Arc::new(Inner { upstreams, table, rules, verifier, anonymous, own }))
    }
}

impl Service<Request> for Door {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inner = self.0.clone();
        let path = request.uri().path();
        if inner.table.find(path).is_none() && inner.rules.knows(path) {
            Box::pin(async move { inner.by_rule(request).await })
        } else {
            Box::pin(async move { inner.canonical(request).await })
        }
    }
}

impl Inner {
    /// Answers what is documented; the own routes answer everything else.
    async fn canonical(&self, mut request: Request) -> Result<Response, Infallible> {
        let Some(entry) = self.table.find(request.uri().path()) else { return self.own.clone().call(request).await };
        match self.admit(entry, &mut request) {
            Ok(upstream) => {
                hops::remove(request.headers_mut());
                upstream.clone().call(request).await
            }
            Err(refused) => self.refuse(refused, request).await,
        }
    }

    /// Makes a canonical request of one for a rule's path, which passes all checks of such a one, and answers as that
    /// path's clients expect.
    async fn by_rule(&self, mut request: Request) -> Result<Response, Infallible> {
        let found = match self.admit_to_rule(&mut request) {
            Ok(found) => found,
            Err(refused) => return self.refuse(refused, request).await,
        };
        match rules::translated(found, &mut request).await {
            Ok(asked) => Ok(rules::answered(&asked, self.canonical(request).await?).await),
            Err(problem) => self.refuse(problem.into(), request).await,
        }
    }

    async fn refuse(&self, refused: Refused, mut request: Request) -> Result<Response, Infallible> {
        request.extensions_mut().insert(refused);
        self.own.clone().call(request).await
    }

    /// Who is to answer, if anybody is. The token comes first: a stranger does not learn which methods there are.
    fn admit(&self, entry: &Entry, request: &mut Request) -> Result<&Router, Refused> {
        let route = entry.route(request.method());
        self.check_caller(route, request.headers_mut())?;
        let route = route.ok_or_else(|| no_such_method(request.method(), &entry.allow))?;
        check_length(request.headers())?;
        Ok(&self.upstreams[route.upstream])
    }

    /// The same for a rule, before any of the body is read.
    fn admit_to_rule(&self, request: &mut Request) -> Result<rules::Found, Refused> {
        let found = self.rules.find(request.method(), request.uri().path());
        let route = found.as_ref().ok().and_then(|found| match &found.rule.target {
            Target::Canonical { method, path } => self.table.find(path)?.route(method),
            Target::Refused(_) => None,
        });
        self.check_caller(route, request.headers_mut())?;
        let found = found.map_err(|allow| no_such_method(request.method(), allow))?;
        check_length(request.headers())?;
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
    let problem = Problem::new(&codes::METHOD_NOT_ALLOWED, format!("this path does not know {method}"));
    Refused { problem, allow: Some(allow.clone()) }
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
