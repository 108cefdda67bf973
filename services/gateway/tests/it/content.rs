//! What a client can read and what it may send: `Accept`, `Accept-Encoding`, `Content-Encoding`.

use std::io::Read;

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response},
};
use tower::ServiceExt;

use crate::{
    faulty::{self, Outcome},
    house::House,
};

#[tokio::test]
async fn what_json_cannot_meet_is_refused_before_anything_is_done() {
    let (house, faulty) = faulty::house(&[]);
    for accept in ["text/html", "application/xml, text/*;q=0.5", "*/*;q=0", "application/*;q=0, */*"] {
        let request = house.request("POST", "/api/v1/orders").header("accept", accept);
        assert_eq!(house.send(request, Body::empty()).await.problem(), (406, "not-acceptable".to_owned()), "{accept}");
    }
    assert_eq!(faulty.calls(), 0);
    for accept in ["*/*", "application/*", "application/json;q=0.2, text/html", "application/problem+json", "rubbish"] {
        let request = house.request("POST", "/api/v1/orders").header("accept", accept);
        assert_eq!(house.send(request, Body::empty()).await.status, 200, "{accept}");
    }
    assert_eq!(faulty.calls(), 5);
}

#[tokio::test]
async fn it_is_asked_only_of_what_is_json_and_of_who_may_know() {
    let (house, _) = faulty::house(&[]);
    let stranger = Request::get("/api/v1/orders").header("accept", "text/html");
    assert_eq!(house.send(stranger, Body::empty()).await.status, 401);
    for path in ["/api/v1/orders/label", "/docs", "/health"] {
        let request = house.request("GET", path).header("accept", "image/png");
        assert_eq!(house.send(request, Body::empty()).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_body_comes_as_it_is() {
    let (house, faulty) = faulty::house(&[]);
    for encoding in ["gzip", "br", "identity, gzip", "zstd", "rubbish"] {
        let request = house.request("POST", "/api/v1/orders").header("content-encoding", encoding);
        let refused = house.send(request, "{}").await;
        assert_eq!(refused.problem(), (415, "unsupported-media-type".to_owned()), "{encoding}");
    }
    assert_eq!(faulty.calls(), 0);
    let request = house.request("POST", "/api/v1/orders").header("content-encoding", "Identity");
    assert_eq!(house.send(request, "{}").await.status, 200);
}

async fn get(house: &House, path: &str, encodings: &str) -> (Response<()>, Vec<u8>) {
    let request = house.request("GET", path).header("accept-encoding", encodings).body(Body::empty()).unwrap();
    let (head, body) = house.router.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    (Response::from_parts(head, ()), body)
}

fn header<'a>(response: &'a Response<()>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn unpacked(encoding: &str, body: &[u8]) -> Vec<u8> {
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
async fn long_answers_are_compressed_as_the_client_asks() {
    let (house, _) = faulty::house(&[]);
    let (plain, expected) = get(&house, "/api/v1/orders/all", "identity").await;
    assert_eq!((header(&plain, "content-encoding"), header(&plain, "vary")), ("", "accept-encoding"));
    for (asked, encoding) in
        [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip;q=0.5, br;q=0.9", "br"), ("gzip;q=0", ""), ("x", "")]
    {
        let (answer, body) = get(&house, "/api/v1/orders/all", asked).await;
        assert_eq!(answer.status(), 200);
        assert_eq!((header(&answer, "content-encoding"), header(&answer, "vary")), (encoding, "accept-encoding"));
        assert!(encoding.is_empty() || body.len() * 10 < expected.len(), "{asked}: {} bytes", body.len());
        assert!(unpacked(encoding, &body) == expected, "{asked}");
    }
}

#[tokio::test]
async fn short_answers_and_pictures_stay_as_they_are() {
    let (house, faulty) = faulty::house(&[]);
    faulty.next([Outcome::Fine]);
    let (answer, _) = get(&house, "/api/v1/orders", "gzip").await;
    assert_eq!((header(&answer, "content-encoding"), header(&answer, "vary")), ("", ""));
    let (picture, _) = get(&house, "/docs/favicon-32x32.png", "gzip").await;
    assert_eq!((header(&picture, "content-type"), header(&picture, "content-encoding")), ("image/png", ""));
    let (page, body) = get(&house, "/docs/swagger-ui.css", "gzip").await;
    assert_eq!(header(&page, "content-encoding"), "gzip");
    assert!(unpacked("gzip", &body).starts_with(b".swagger-ui"));
}
