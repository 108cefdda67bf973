//! Content negotiation: `Accept`, `Accept-Encoding` and `Content-Encoding`.

use std::io::Read;

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response},
};
use tower::ServiceExt;

use crate::{
    faulty_service::{self, Outcome},
    harness::TestGateway,
};

#[tokio::test]
async fn an_accept_header_without_json_is_refused_without_an_effect() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    for accept in ["text/html", "application/xml, text/*;q=0.5", "*/*;q=0", "application/*;q=0, */*"] {
        let request = gateway.request("POST", "/api/v1/orders").header("accept", accept);
        assert_eq!(
            gateway.send(request, Body::empty()).await.problem(),
            (406, "not-acceptable".to_owned()),
            "{accept}"
        );
    }
    assert_eq!(faulty.calls(), 0);
    for accept in ["*/*", "application/*", "application/json;q=0.2, text/html", "application/problem+json", "rubbish"] {
        let request = gateway.request("POST", "/api/v1/orders").header("accept", accept);
        assert_eq!(gateway.send(request, Body::empty()).await.status, 200, "{accept}");
    }
    assert_eq!(faulty.calls(), 5);
}

#[tokio::test]
async fn accept_is_checked_only_for_json_and_after_the_token() {
    let (gateway, _) = faulty_service::gateway_with_orders(&[]);
    let anonymous = Request::get("/api/v1/orders").header("accept", "text/html");
    assert_eq!(gateway.send(anonymous, Body::empty()).await.status, 401);
    for path in ["/api/v1/orders/label", "/docs", "/health"] {
        let request = gateway.request("GET", path).header("accept", "image/png");
        assert_eq!(gateway.send(request, Body::empty()).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    for encoding in ["gzip", "br", "identity, gzip", "zstd", "rubbish"] {
        let request = gateway.request("POST", "/api/v1/orders").header("content-encoding", encoding);
        let refused = gateway.send(request, "{}").await;
        assert_eq!(refused.problem(), (415, "unsupported-media-type".to_owned()), "{encoding}");
    }
    assert_eq!(faulty.calls(), 0);
    let request = gateway.request("POST", "/api/v1/orders").header("content-encoding", "Identity");
    assert_eq!(gateway.send(request, "{}").await.status, 200);
}

async fn get(gateway: &TestGateway, path: &str, encodings: &str) -> (Response<()>, Vec<u8>) {
    let request = gateway.request("GET", path).header("accept-encoding", encodings).body(Body::empty()).unwrap();
    let (head, body) = gateway.router.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    (Response::from_parts(head, ()), body)
}

fn header<'a>(response: &'a Response<()>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn decompressed(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "gzip" => drop(flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap()),
        "br" => drop(brotli::Decompressor::new(body, 4096).read_to_end(&mut plain).unwrap()),
        "zstd" => plain = zstd::decode_all(body).unwrap(),
        _ => plain.extend(body),
    }
    plain
}

#[tokio::test]
async fn long_responses_are_compressed_by_accept_encoding() {
    let (gateway, _) = faulty_service::gateway_with_orders(&[]);
    let (plain, expected) = get(&gateway, "/api/v1/orders/all", "identity").await;
    assert_eq!((header(&plain, "content-encoding"), header(&plain, "vary")), ("", "accept-encoding"));
    for (accepted, encoding) in
        [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip;q=0.5, br;q=0.9", "br"), ("gzip;q=0", ""), ("x", "")]
    {
        let (answer, body) = get(&gateway, "/api/v1/orders/all", accepted).await;
        assert_eq!(answer.status(), 200);
        assert_eq!((header(&answer, "content-encoding"), header(&answer, "vary")), (encoding, "accept-encoding"));
        assert!(encoding.is_empty() || body.len() * 10 < expected.len(), "{accepted}: {} bytes", body.len());
        assert!(decompressed(encoding, &body) == expected, "{accepted}");
    }
}

#[tokio::test]
async fn short_responses_and_images_are_not_compressed() {
    let (gateway, faulty) = faulty_service::gateway_with_orders(&[]);
    faulty.next([Outcome::Fine]);
    let (answer, _) = get(&gateway, "/api/v1/orders", "gzip").await;
    assert_eq!((header(&answer, "content-encoding"), header(&answer, "vary")), ("", ""));
    let (image, _) = get(&gateway, "/docs/favicon-32x32.png", "gzip").await;
    assert_eq!((header(&image, "content-type"), header(&image, "content-encoding")), ("image/png", ""));
    let (page, body) = get(&gateway, "/docs/swagger-ui.css", "gzip").await;
    assert_eq!(header(&page, "content-encoding"), "gzip");
    assert!(decompressed("gzip", &body).starts_with(b".swagger-ui"));
}
