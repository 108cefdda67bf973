//! Every operation requires the scope `operator`.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use boxoffice_clock::{Clock, Entropy};
use boxoffice_contracts::BookingId;
use boxoffice_database::Error;
use boxoffice_http::{Middleware, middleware::TIME_LIMIT};
use boxoffice_identity::{Issuer, Scope, Scopes};
use boxoffice_operator::{Host, NAME, Operator};
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use tower::ServiceExt as _;
use uuid::Uuid;

/// A program without services.
struct EmptyHost;

impl Host for EmptyHost {
    fn audit(&self, _: Option<&[Uuid]>) -> anyhow::Result<Box<RawValue>> {
        Ok(RawValue::from_string("{}".to_owned())?)
    }

    fn has_booking(&self, _: BookingId) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async { Ok(false) })
    }
}

async fn status(router: &Router, method: &str, path: &str, token: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn every_operation_requires_the_scope_operator() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let issuer = Issuer::open(folder.path(), "http://localhost:8080", clock.clone(), entropy.clone()).unwrap();
    let token = |scope: Scope| issuer.token("olga", Scopes::from(scope), Duration::from_secs(60));
    let (customer, operator) = (token(Scope::Customer), token(Scope::Operator));
    let operator_api = Operator { writers: Arc::new([]), issuer: issuer.clone(), host: Arc::new(EmptyHost) };
    let (router, document) = operator_api.router().split_for_parts();
    let verifier = issuer.verifier();
    let router = Middleware { service: NAME, clock, entropy, verifier, time_limit: TIME_LIMIT }.wrap(router);

    let mut count = 0;
    for (path, item) in &document.paths.paths {
        let path = path.replace("{position}", "1").replace("{id}", "0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d");
        for (method, operation) in [("GET", &item.get), ("POST", &item.post), ("DELETE", &item.delete)] {
            if operation.is_none() {
                continue;
            }
            count += 1;
            let refused = status(&router, method, &path, &customer).await;
            // A body is parsed before the handler checks the scope.
            let is_refused = refused == StatusCode::FORBIDDEN || method == "POST" && refused.is_client_error();
            assert!(is_refused, "{method} {path}: {refused}");
        }
    }
    assert_eq!(count, 13, "all operations were requested");
    assert_eq!(status(&router, "GET", "/api/v1/dead-letters", &operator).await, StatusCode::OK);
    assert_eq!(status(&router, "GET", "/api/v1/keys", &operator).await, StatusCode::OK);
}
