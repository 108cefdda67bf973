//! Every extractor with valid and invalid input: refusals name the field, and no input causes a 500.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use boxoffice_identity::Scope;
use serde_json::{Value, json};

use crate::app::App;

const LINE: &str = r#"{"quantity":2,"ticketTypeId":"0190a0a0-0000-7000-8000-000000000001"}"#;

fn order(app: &App, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/orders").header("authorization", app.bearer("ann", Scope::Customer));
    request.header("content-type", "application/json").body(body.into()).unwrap()
}

fn code_and_fields(problem: &Value) -> (String, Vec<(String, String)>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let fields = problem["errors"].as_array().cloned().unwrap_or_default();
    (text(&problem["code"]), fields.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect())
}

#[tokio::test]
async fn a_valid_body_is_read() {
    let app = App::start();
    let mut request = order(&app, format!(r#"{{"lines":[{LINE},{LINE}],"paymentToken":"tok"}}"#));
    request.headers_mut().insert("x-request-id", "request-1".parse().unwrap());
    let (status, headers, answer) = app.send(request).await;
    assert_eq!((status, &headers["x-request-id"]), (StatusCode::CREATED, &"request-1".parse().unwrap()));
    assert_eq!(
        answer,
        json!({"quantities": 4, "token": "tok", "actor": "ann", "trace": null, "correlation": "request-1", "key": null,
            "fingerprint": null})
    );
}

#[tokio::test]
async fn an_invalid_body_is_refused_by_field() {
    let app = App::start();
    let ticket = r#""ticketTypeId":"0190a0a0-0000-7000-8000-000000000001""#;
    let long = "x".repeat(64 * 1024);
    for (body, code, fields) in [
        (String::new(), "invalid", vec![]),
        ("{".into(), "invalid", vec![]),
        ("null".into(), "invalid", vec![]),
        ("[]".into(), "invalid", vec![]),
        ("\u{0}\u{1}".into(), "invalid", vec![]),
        ("{}".into(), "invalid", vec![("lines", "required")]),
        (r#"{"lines":null}"#.into(), "invalid", vec![("lines", "type")]),
        (r#"{"lines":[]}"#.into(), "invalid", vec![("lines", "length")]),
        (format!(r#"{{"lines":[{LINE}],"lines":[{LINE}]}}"#), "invalid", vec![("lines", "format")]),
        (format!(r#"{{"lines":[{LINE}],"price":1}}"#), "invalid", vec![("price", "unknown")]),
        (format!(r#"{{"lines":[{LINE},{{{ticket}}}]}}"#), "invalid", vec![("lines[1].quantity", "required")]),
        (format!(r#"{{"lines":[{{"quantity":1.5,{ticket}}}]}}"#), "invalid", vec![("lines[0].quantity", "type")]),
        (format!(r#"{{"lines":[{{"quantity":-1,{ticket}}}]}}"#), "invalid", vec![("lines[0].quantity", "range")]),
        (format!(r#"{{"lines":[{{"quantity":1e99,{ticket}}}]}}"#), "invalid", vec![("lines[0].quantity", "type")]),
        (
            r#"{"lines":[{"quantity":1,"ticketTypeId":"7"}]}"#.into(),
            "invalid",
            vec![("lines[0].ticketTypeId", "format")],
        ),
        (
            format!(r#"{{"lines":[{{"quantity":0,{ticket}}},{{"quantity":101,{ticket}}}],"paymentToken":"longer"}}"#),
            "invalid",
            vec![("lines[0].quantity", "range"), ("lines[1].quantity", "range"), ("paymentToken", "length")],
        ),
        (format!(r#"{{"lines":[{LINE}],"paymentToken":"a\u0000"}}"#), "invalid", vec![("paymentToken", "format")]),
        (format!(r#"{{"lines":[{LINE}],"paymentToken":"{long}"}}"#), "too-large", vec![]),
    ] {
        let (status, headers, problem) = app.send(order(&app, body.clone())).await;
        let excerpt: String = body.chars().take(80).collect();
        assert!(status.is_client_error(), "{excerpt}: {status}");
        assert_eq!(headers["content-type"], "application/problem+json");
        let fields: Vec<_> =
            fields.into_iter().map(|(field, code): (&str, &str)| (field.to_owned(), code.to_owned())).collect();
        assert_eq!(code_and_fields(&problem), (code.to_owned(), fields), "{excerpt}");
    }
}

#[tokio::test]
async fn a_body_needs_a_json_content_type() {
    let app = App::start();
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let mut request = order(&app, format!(r#"{{"lines":[{LINE}]}}"#));
        request.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
        }
        let (status, _, problem) = app.send(request).await;
        assert_eq!((status.as_u16(), &problem["code"]), (415, &json!("unsupported-media-type")));
    }
}

#[tokio::test]
async fn a_caller_is_identified_by_its_token() {
    let app = App::start();
    let stale = app.bearer("ann", Scope::Operator);
    app.time.advance(std::time::Duration::from_secs(3601));
    let good = app.bearer("ann", Scope::Operator);
    let poor = app.bearer("ann", Scope::Customer);
    for (path, header, status) in [
        ("/vault", None, 401),
        ("/vault", Some("Basic YTpi"), 401),
        ("/vault", Some("Bearer"), 401),
        ("/vault", Some("Bearer a.b.c"), 401),
        ("/vault", Some("Bearer ü"), 401),
        ("/vault", Some(&*stale), 401),
        ("/vault", Some(&*poor), 403),
        ("/vault", Some(&*good), 200),
        ("/vault", Some(&*good.replace("Bearer", "bearer")), 200),
        ("/catalogue", None, 200),
        ("/catalogue", Some(&*good), 200),
        ("/catalogue", Some(&*stale), 401),
    ] {
        let mut request = Request::get(path);
        if let Some(header) = header {
            request = request.header("authorization", header.as_bytes());
        }
        let (answered, headers, _) = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answered, status, "{path} {header:?}");
        assert_eq!(headers.contains_key("www-authenticate"), status == 401);
    }
    let twice = Request::get("/vault").header("authorization", &*good).header("authorization", &*poor);
    assert_eq!(app.send(twice.body(Body::empty()).unwrap()).await.0, 401);
}

#[tokio::test]
async fn an_idempotency_key_is_bound_or_refused() {
    let app = App::start();
    let send = async |keys: &[&[u8]], body: &str| {
        let mut request = order(&app, body.to_owned());
        for key in keys {
            request.headers_mut().append("idempotency-key", (*key).try_into().unwrap());
        }
        app.send(request).await
    };
    let body = format!(r#"{{"lines":[{LINE}],"paymentToken":"tok"}}"#);
    let (_, _, first) = send(&[b"k1"], &body).await;
    let (_, _, again) = send(&[b"k1"], &format!(r#" {{"paymentToken" : "tok", "lines":[{LINE}]}}"#)).await;
    assert_eq!((&first["key"], &first["fingerprint"]), (&again["key"], &again["fingerprint"]));
    let (_, _, other) = send(&[b"k1"], &format!(r#"{{"lines":[{LINE}]}}"#)).await;
    assert_eq!(first["key"], other["key"]);
    assert_ne!(first["fingerprint"], other["fingerprint"]);

    let long = [b'k'; 256];
    let bad: [&[&[u8]]; 5] = [&[b""], &[&long], &[b"a b"], &[b"\xff"], &[b"k1", b"k1"]];
    for keys in bad {
        let (status, _, problem) = send(keys, &body).await;
        assert_eq!(status, 400, "{keys:?}");
        assert_eq!(code_and_fields(&problem).1[0].0, "Idempotency-Key");
    }
}

#[tokio::test]
async fn invalid_paths_and_queries_are_refused_by_name() {
    let app = App::start();
    for (uri, field, code) in [
        ("/orders/7", "id", "format"),
        ("/orders/%ff", "id", "format"),
        ("/seats/a/x", "number", "format"),
        ("/seats/a/-1", "number", "format"),
        ("/search?userid=1", "userid", "unknown"),
        ("/search?userId=1", "userId", "format"),
        ("/search?userId=%00", "userId", "format"),
        ("/search?atLeast=300", "atLeast", "range"),
        ("/search?atLeast=x", "atLeast", "type"),
        ("/search?atLeast=1&atLeast=2", "atLeast", "format"),
        ("/orders?limit=0", "limit", "range"),
        ("/orders?limit=201", "limit", "range"),
        ("/orders?limit=1.5", "limit", "type"),
        ("/orders?cursor=%21", "cursor", "format"),
        ("/orders?offset=3", "offset", "unknown"),
    ] {
        let (status, _, problem) = app.get(uri).await;
        assert_eq!(status, 400, "{uri}");
        assert_eq!(
            code_and_fields(&problem),
            ("invalid".to_owned(), vec![(field.to_owned(), code.to_owned())]),
            "{uri}"
        );
    }
    assert_eq!(app.get("/seats/a/%00").await.0, 400);
    assert_eq!(app.get("/seats/a%00/1").await.0, 400);
    assert_eq!(app.get("/seats/a/1").await.2, json!(["a", 1]));
    assert_eq!(app.get("/search?atLeast=3").await.2, json!({"userId": null, "atLeast": 3}));
}

#[tokio::test]
async fn links_lead_through_all_pages() {
    let app = App::start();
    let mut uri = "/orders?atLeast=1&limit=2".to_owned();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (_, headers, items) = app.get(&uri).await;
        seen.extend(items.as_array().unwrap().clone());
        let Some(link) = headers.get("link") else { continue };
        let link = link.to_str().unwrap();
        assert!(link.contains("atLeast=1&limit=2&"), "{link}");
        uri = link.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned();
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn an_applied_preference_is_confirmed() {
    let app = App::start();
    let request = Request::get("/wait").header("prefer", "respond-async").header("prefer", "wait=90");
    let (_, headers, _) = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(headers["preference-applied"], "wait=30");
    let (status, headers, _) = app.get("/wait").await;
    assert!(status.is_success() && !headers.contains_key("preference-applied"));
}

#[tokio::test]
async fn all_if_match_headers_are_read_or_refused() {
    let app = App::start();
    let send = async |values: &[&[u8]]| {
        let mut request = Request::get("/conditional");
        for value in values {
            request = request.header("if-match", *value);
        }
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let cases: [(&[&[u8]], bool); 8] = [
        (&[], true),
        (&[b"*"], true),
        (&[br#""3""#], true),
        (&[br#""2""#, br#""3""#], true),
        (&[br#""2""#], false),
        (&[br#"W/"3""#], false),
        (&[b"\"\xe9\""], false),
        (&[br#""30""#], false),
    ];
    for (values, fits) in cases {
        let (status, headers, body) = send(values).await;
        assert_eq!(
            (status.as_u16(), headers["etag"].to_str().unwrap(), &body),
            (200, r#""3""#, &json!(fits)),
            "{values:?}"
        );
    }
    let bad: [&[&[u8]]; 4] = [&[b"3"], &[b""], &[b"*", br#""3""#], &[br#""3"#]];
    for values in bad {
        let (status, _, problem) = send(values).await;
        assert_eq!(status, 400, "{values:?}");
        assert_eq!(code_and_fields(&problem).1, [("If-Match".to_owned(), "format".to_owned())]);
    }
}
