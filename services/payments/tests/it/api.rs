//! The HTTP door, with a stand-in for users behind it.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, request::Builder, response},
    routing::get,
};
use boxoffice_contracts::events::Refund;
use boxoffice_http::{Middleware, Problem, ServiceClients, codes, extract::Path, middleware::TIME_LIMIT};
use boxoffice_identity::{Issuer, Scopes};
use boxoffice_payments::{providers::simulated::TestToken, service, store::Payment};
use boxoffice_runtime::{Assembled, Parts};
use boxoffice_settings::Settings;
use boxoffice_writer::Writer;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;

use crate::setting::*;

/// Payments as the program assembles it.
struct Door {
    place: Place,
    writer: Writer,
    additional_writers: Vec<Writer>,
    router: Router,
    issuer: Issuer,
    documents: Value,
    /// How often users was asked.
    asked: Arc<AtomicUsize>,
}

impl Door {
    fn open(variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let place = Place::new();
        let (clock, entropy) = (place.clock.clone(), place.entropy.clone());
        let folder = place.folder.path().to_owned();
        let issuer = Issuer::open(&folder.join("issuer"), "http://localhost", clock.clone(), entropy.clone())?;
        let middleware = |service| Middleware {
            service,
            clock: clock.clone(),
            entropy: entropy.clone(),
            verifier: issuer.verifier(),
            time_limit: TIME_LIMIT,
        };
        let (clients, asked) = (ServiceClients::new(clock.clone()), Arc::new(AtomicUsize::new(0)));
        clients.register("users", middleware("users").wrap(users(asked.clone())));
        let writer = place.writer(None);
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let parts = Parts {
            writer: writer.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            settings: Settings::from_env(variables),
            clients,
            credential: issuer.credential("payments"),
            verifier: issuer.verifier(),
            folder,
        };
        let Assembled { api, tasks, additional_writers } = (service().assemble)(parts)?;
        tasks.into_iter().for_each(|task| drop(tokio::spawn(task.run)));
        let (router, mut documents) = api.split_for_parts();
        boxoffice_http::openapi::complete_document(&mut documents);
        let (router, documents) = (middleware("payments").wrap(router), serde_json::to_value(documents)?);
        Ok(Self { place, writer, additional_writers, router, issuer, documents, asked })
    }

    async fn ask(&self, path: &str, subject: &str, scopes: &str) -> (StatusCode, Value) {
        let (head, body) = self.send(path, subject, scopes).await;
        (head.status, body)
    }

    /// A page, and where `Link` says that it goes on.
    async fn page(&self, path: &str, subject: &str, scopes: &str) -> (Option<String>, Value) {
        let (head, body) = self.send(path, subject, scopes).await;
        let link = head.headers.get("link").map(|link| link.to_str().unwrap());
        let next =
            link.map(|link| link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap().to_owned());
        (next, body)
    }

    async fn send(&self, path: &str, subject: &str, scopes: &str) -> (response::Parts, Value) {
        self.request(Request::get(path), subject, scopes).await
    }

    async fn request(&self, request: Builder, subject: &str, scopes: &str) -> (response::Parts, Value) {
        let scopes: Scopes = scopes.parse().unwrap();
        let token = self.issuer.token(subject, scopes, Duration::from_secs(3600));
        let request = request.header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 100_000).await.unwrap();
        (head, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
    }

    /// A captured payment.
    async fn paid(&self) -> Order {
        let order = self.place.order("tok_ok");
        self.writer.handle(&order.reserved()).await.unwrap();
        let captured = format!("/api/v1/orders/{}/payments", order.id);
        let watch = boxoffice_clock::Stopwatch::start();
        while self.ask(&captured, "op", "operator").await.1.as_array().unwrap().len() < 2 {
            assert!(watch.elapsed() < Duration::from_secs(20), "it is never captured");
            tokio::task::yield_now().await;
        }
        order
    }

    fn close(self) {
        self.writer.stop();
        self.additional_writers.iter().for_each(Writer::stop);
    }
}

/// Knows ada, who pays for everything here, and bob.
fn users(asked: Arc<AtomicUsize>) -> Router {
    let by_subject = move |Path(subject): Path<String>| {
        asked.fetch_add(1, Ordering::SeqCst);
        let known = match subject.as_str() {
            "auth0|ada" => Ok(axum::Json(json!({"id": USER}))),
            "bob" => Ok(axum::Json(json!({"id": USER + 1}))),
            _ => Err(Problem::new(&codes::NOT_FOUND, "there is no user of this subject")),
        };
        std::future::ready(known)
    };
    Router::new().route("/internal/users/by-subject/{subject}", get(by_subject))
}

#[tokio::test]
async fn the_entries_of_an_order_are_shown_to_whom_it_belongs_and_to_operators() {
    let door = Door::open(&[]).unwrap();
    let order = door.paid().await;
    let path = format!("/api/v1/orders/{}/payments", order.id);
    for (subject, scopes) in [("auth0|ada", "customer"), ("auth0|ada", "customer"), ("op", "operator")] {
        let (status, body) = door.ask(&path, subject, scopes).await;
        assert_eq!(status, StatusCode::OK);
        let reference = body[1]["providerReference"].clone();
        assert!(reference.as_str().unwrap().starts_with("ch_"));
        let at = "2030-03-17T17:46:40Z";
        assert_eq!(
            body,
            json!([
                {"kind": "intent", "amount": 61.00, "currency": "EUR", "providerReference": null, "at": at},
                {"kind": "captured", "amount": 61.00, "currency": "EUR", "providerReference": reference, "at": at},
            ])
        );
    }
    assert_eq!(door.asked.load(Ordering::SeqCst), 1, "the answer is remembered");
    door.close();
}

#[tokio::test]
async fn what_is_anothers_or_unknown_is_not_found() {
    let door = Door::open(&[]).unwrap();
    let order = door.paid().await;
    let (own, unknown) = (order.id, door.place.order("tok_ok").id);
    for (id, subject, scopes, expected) in [
        (own, "bob", "customer", 404),
        (own, "nobody", "customer", 404),
        (own, "auth0|ada", "organizer", 403),
        (own, "auth0|ada", "", 403),
        (unknown, "auth0|ada", "customer", 404),
        (unknown, "op", "operator", 404),
    ] {
        let (status, body) = door.ask(&format!("/api/v1/orders/{id}/payments"), subject, scopes).await;
        assert_eq!((status.as_u16(), &body["status"]), (expected, &json!(expected)), "{subject} {scopes}");
    }
    assert_eq!(door.ask("/api/v1/orders/7/payments", "op", "operator").await.0, StatusCode::BAD_REQUEST);
    door.close();
}

#[tokio::test]
async fn entries_are_listed_newest_first_ones_own_and_for_operators_everyones() {
    let door = Door::open(&[]).unwrap();
    let mut orders = Vec::new();
    for _ in 0..3 {
        door.place.hand.advance(Duration::from_secs(1));
        orders.push(door.paid().await);
    }
    let ids: Vec<_> = orders.iter().rev().flat_map(|order| [(order.id, "captured"), (order.id, "intent")]).collect();
    let all = ids.iter().map(|(id, kind)| json!([id, kind])).collect::<Vec<_>>();
    let listed = |body: &Value| -> Vec<Value> {
        body.as_array().unwrap().iter().map(|entry| json!([entry["orderId"], entry["kind"]])).collect()
    };
    let second = orders[1].id;
    for (query, subject, scopes, expected) in [
        ("", "op", "operator", &all[..]),
        ("", "auth0|ada", "customer", &all[..]),
        ("", "bob", "customer", &[]),
        ("", "nobody", "customer", &[]),
        ("?userId=7", "op", "operator", &all[..]),
        ("?userId=7", "auth0|ada", "customer", &all[..]),
        ("?userId=8", "op", "operator", &[]),
        ("?kind=intent", "op", "operator", &[all[1].clone(), all[3].clone(), all[5].clone()]),
        ("?status=captured&kind=captured", "auth0|ada", "customer", &[all[0].clone(), all[2].clone(), all[4].clone()]),
        ("?status=pending", "op", "operator", &[]),
        (&format!("?orderId={second}"), "op", "operator", &all[2..4]),
        (&format!("?orderId={second}"), "bob", "customer", &[]),
    ] {
        let (status, body) = door.ask(&format!("/api/v1/payments{query}"), subject, scopes).await;
        assert_eq!((status, &listed(&body)[..]), (StatusCode::OK, expected), "{query} by {subject}: {body}");
    }
    let (mut seen, mut next) = (Vec::new(), Some("/api/v1/payments?limit=4&userId=7".to_owned()));
    while let Some(path) = next {
        let (link, body) = door.page(&path, "auth0|ada", "customer").await;
        seen.extend(listed(&body));
        next = link;
    }
    assert_eq!(seen, all, "every entry is on one page");
    let (_, body) = door.ask("/api/v1/payments?limit=1", "op", "operator").await;
    let reference = body[0]["providerReference"].clone();
    assert!(reference.as_str().unwrap().starts_with("ch_"), "{body}");
    let shown = json!([{
        "orderId": orders[2].id, "userId": USER, "kind": "captured", "amount": 61.00, "currency": "EUR",
        "providerReference": reference, "at": "2030-03-17T17:46:43Z", "status": "captured", "reason": null,
        "refund": "none",
    }]);
    assert_eq!(body, shown);
    for (query, subject, scopes, expected) in [
        ("?userId=8", "auth0|ada", "customer", StatusCode::FORBIDDEN),
        ("?userId=8", "nobody", "customer", StatusCode::FORBIDDEN),
        ("", "auth0|ada", "organizer", StatusCode::FORBIDDEN),
        ("?status=lost", "op", "operator", StatusCode::BAD_REQUEST),
        ("?kind=lost", "op", "operator", StatusCode::BAD_REQUEST),
        ("?orderId=7", "op", "operator", StatusCode::BAD_REQUEST),
        ("?state=captured", "op", "operator", StatusCode::BAD_REQUEST),
    ] {
        let (status, body) = door.ask(&format!("/api/v1/payments{query}"), subject, scopes).await;
        assert_eq!(status, expected, "{query} by {subject}: {body}");
    }
    door.close();
}

#[tokio::test]
async fn only_operators_ask_for_a_refund_again_and_one_that_is_done_stays_so() {
    let door = Door::open(&[]).unwrap();
    let order = door.paid().await;
    let again = async |subject: &str, scopes: &str, key: Option<&str>| {
        let mut request = Request::post(format!("/api/v1/orders/{}/refund", order.id));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let (head, body) = door.request(request, subject, scopes).await;
        (head.status.as_u16(), body)
    };
    let (status, body) = again("op", "operator", None).await;
    assert_eq!((status, &body["code"]), (409, &json!("nothing-to-refund")), "it has not ended");
    door.writer.handle(&order.cancelled()).await.unwrap();
    let refund = async || door.writer.database().get::<Payment>(order.id).await.unwrap().unwrap().refund;
    let watch = boxoffice_clock::Stopwatch::start();
    while refund().await != Refund::Done {
        assert!(watch.elapsed() < Duration::from_secs(20), "it is never given back");
        tokio::task::yield_now().await;
    }
    for (subject, scopes, key, expected) in [
        ("auth0|ada", "customer", None, 403),
        ("op", "organizer", None, 403),
        ("op", "", None, 403),
        ("op", "operator", None, 200),
        ("op", "operator", Some("k"), 200),
        ("op", "operator", Some("k"), 200),
    ] {
        let (status, body) = again(subject, scopes, key).await;
        assert_eq!(status, expected, "{scopes} {key:?}");
        if status == 200 {
            assert_eq!(
                (&body["refund"], &body["orderId"], &body["amount"]),
                (&json!("done"), &json!(order.id), &json!(61.0))
            );
        }
    }
    let unknown = door.place.order("tok_ok").id;
    let unknown = door.request(Request::post(format!("/api/v1/orders/{unknown}/refund")), "op", "operator").await;
    assert_eq!(unknown.0.status, StatusCode::NOT_FOUND);
    door.close();
}

#[tokio::test]
async fn neighbors_learn_which_tokens_can_be_good() {
    let door = Door::open(&[]).unwrap();
    for token in TestToken::ALL {
        let path = format!("/internal/payment-tokens/{}", token.name());
        assert_eq!(door.ask(&path, "service:bookings", "operator").await.0, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(door.ask(&path, "auth0|ada", "customer").await.0, StatusCode::FORBIDDEN);
    }
    for unknown in ["tok_ko", "TOK_OK", "4242424242424242", "tok%2Fok", "%20"] {
        let (status, body) =
            door.ask(&format!("/internal/payment-tokens/{unknown}"), "service:bookings", "operator").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
        assert!(!body.to_string().contains(unknown), "{body}");
    }
    door.close();
}

#[tokio::test]
async fn the_test_tokens_are_documented_and_internal_routes_are_not() {
    let door = Door::open(&[]).unwrap();
    let about = door.documents["tags"][0]["description"].as_str().unwrap();
    for token in TestToken::ALL {
        assert!(about.contains(&format!("`{}`", token.name())), "{about}");
    }
    let paths: Vec<_> = door.documents["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/api/v1/orders/{id}/payments", "/api/v1/orders/{id}/refund", "/api/v1/payments"]);
    door.close();
}

#[tokio::test]
async fn settings_are_read_and_a_wrong_one_is_refused_with_the_choices() {
    let refused = |name: &str, value: &str| {
        let name = format!("BOXOFFICE_PAYMENTS_{name}");
        Door::open(&[(&name, value)]).err().map(|error| error.to_string())
    };
    for (name, value) in [
        ("FAULT", "silent"),
        ("TIMEOUT", "1s"),
        ("DEADLINE", "5m"),
        ("SIMULATED_DELAY", "1s"),
        ("MAX_CONCURRENT_CALLS", "64"),
    ] {
        assert_eq!(refused(name, value), None);
    }
    let fault = refused("FAULT", "lazy").unwrap();
    assert!(fault.contains("silent") && fault.contains("error") && fault.contains("slow"), "{fault}");
    assert!(refused("MAX_CONCURRENT_CALLS", "3").unwrap().contains("lower than 4"));
    let provider = refused("PROVIDER", "stripe:sk_test").unwrap();
    assert!(provider.contains("simulated:"), "{provider}");
}
