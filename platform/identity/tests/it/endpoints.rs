use std::fs;

use axum::{
    body::{Body, to_bytes},
    extract::DefaultBodyLimit,
    http::{HeaderMap, Request, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use boxoffice_identity::Verifier;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{HOUR, TestIssuer, URL};

const FORM: &str = "application/x-www-form-urlencoded";

async fn send(test: &TestIssuer, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
    let (head, body) = test.issuer.router().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 100_000).await.unwrap();
    (head.status, head.headers, serde_json::from_slice(&body).unwrap_or_default())
}

async fn request_token(
    test: &TestIssuer,
    authorization: Option<String>,
    media_type: &str,
    body: &str,
) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::post("/oauth2/token").header("content-type", media_type);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    send(test, request.body(Body::from(body.to_owned())).unwrap()).await
}

fn secret(test: &TestIssuer) -> String {
    let client: Value = serde_json::from_slice(&fs::read(test.issuer.client_file()).unwrap()).unwrap();
    client["client_secret"].as_str().unwrap().to_owned()
}

fn basic(id: &str, secret: &str) -> Option<String> {
    Some(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
}

#[tokio::test]
async fn a_client_gets_a_token() {
    let test = TestIssuer::open();
    let secret = secret(&test);
    let in_form = format!("grant_type=client_credentials&client_id=boxoffice&client_secret={secret}");
    let table = [
        (basic("boxoffice", &secret), "grant_type=client_credentials".to_owned(), "customer organizer operator"),
        (
            basic("boxoffice", &secret),
            "grant_type=client_credentials&scope=&resource=x".to_owned(),
            "customer organizer operator",
        ),
        (basic("boxoffice", &secret), "scope=customer&grant_type=client_credentials".to_owned(), "customer"),
        (None, in_form.clone(), "customer organizer operator"),
        (None, format!("{in_form}&scope=operator+customer"), "customer operator"),
    ];
    for (authorization, body, scope) in table {
        let (status, headers, answer) = request_token(&test, authorization, FORM, &body).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert_eq!(answer["scope"], scope);
        let principal = test.issuer.verifier().verify(answer["access_token"].as_str().unwrap()).unwrap();
        assert_eq!((principal.subject.as_str(), principal.scopes.to_string().as_str()), ("boxoffice", scope));
    }
}

#[tokio::test]
async fn a_token_of_the_endpoint_is_valid_for_an_hour() {
    let test = TestIssuer::open();
    let (_, _, answer) =
        request_token(&test, basic("boxoffice", &secret(&test)), FORM, "grant_type=client_credentials").await;
    test.time.advance(HOUR);
    assert!(test.issuer.verifier().verify(answer["access_token"].as_str().unwrap()).is_err());
}

#[tokio::test]
async fn refusals_have_the_codes_of_rfc_6749() {
    let test = TestIssuer::open();
    let secret = secret(&test);
    let (valid, grant) = (basic("boxoffice", &secret), "grant_type=client_credentials");
    let table = [
        (None, FORM, grant.to_owned(), 401, "invalid_client"),
        (basic("boxoffice", "wrong"), FORM, grant.to_owned(), 401, "invalid_client"),
        (basic("unknown", &secret), FORM, grant.to_owned(), 401, "invalid_client"),
        (basic("", ""), FORM, grant.to_owned(), 401, "invalid_client"),
        (Some(format!("Bearer {secret}")), FORM, grant.to_owned(), 401, "invalid_client"),
        (Some("Basic ???".to_owned()), FORM, grant.to_owned(), 401, "invalid_client"),
        (None, FORM, format!("{grant}&client_id=boxoffice&client_secret=wrong"), 401, "invalid_client"),
        (None, FORM, format!("{grant}&client_secret={secret}"), 401, "invalid_client"),
        (valid.clone(), FORM, format!("{grant}&client_secret={secret}"), 400, "invalid_request"),
        (valid.clone(), FORM, String::new(), 400, "invalid_request"),
        (valid.clone(), FORM, format!("{grant}&{grant}"), 400, "invalid_request"),
        (valid.clone(), "application/json", "{}".to_owned(), 400, "invalid_request"),
        (valid.clone(), FORM, "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (valid, FORM, format!("{grant}&scope=customer+admin"), 400, "invalid_scope"),
    ];
    for (authorization, media_type, body, expected, error) in table {
        let (status, headers, answer) = request_token(&test, authorization, media_type, &body).await;
        assert_eq!((status.as_u16(), &answer["error"]), (expected, &json!(error)), "{body}");
        assert!(answer["error_description"].is_string());
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers.contains_key("www-authenticate"), expected == 401);
    }
}

#[tokio::test]
async fn discovery_names_the_keys_that_verify_tokens() {
    let test = TestIssuer::open();
    let get = async |path: &str| send(&test, Request::get(path).body(Body::empty()).unwrap()).await;
    let (status, _, discovery) = get("/.well-known/openid-configuration").await;
    assert_eq!(status, 200);
    assert_eq!(
        discovery,
        json!({
            "issuer": URL, "token_endpoint": format!("{URL}/oauth2/token"),
            "jwks_uri": format!("{URL}/.well-known/jwks.json"), "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["customer", "organizer", "operator"], "response_types_supported": [],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["EdDSA"],
        })
    );
    let (status, _, jwks) = get("/.well-known/jwks.json").await;
    assert_eq!(status, 200);
    let key = &jwks["keys"][0];
    let members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"], "no private member");
    let elsewhere = Verifier::from_jwks(URL, &jwks.to_string(), test.clock.clone()).unwrap();
    assert!(elsewhere.verify(&test.token()).is_ok());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_413() {
    let test = TestIssuer::open();
    let router = test.issuer.router().layer(DefaultBodyLimit::max(100));
    let request =
        Request::post("/oauth2/token").header("content-type", FORM).body(Body::from("x".repeat(101))).unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), 413);
}
