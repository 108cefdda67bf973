use axum::body::Body;

use crate::house::House;

const LIMIT: usize = 64 * 1024;

fn event(bytes: usize) -> String {
    let empty = r#"{"name":"","status":"on_sale"}"#;
    empty.replacen(r#""name":""#, &format!(r#""name":"{}"#, "x".repeat(bytes - empty.len())), 1)
}

#[tokio::test]
async fn a_body_of_64_kib_is_taken_and_no_more() {
    let house = House::open();
    for (bytes, status) in [(LIMIT, 201), (LIMIT + 1, 413)] {
        for announced in [true, false] {
            let mut request = house.request("POST", "/api/v1/events").header("content-type", "application/json");
            if announced {
                request = request.header("content-length", bytes);
            }
            let answer = house.send(request, event(bytes)).await;
            assert_eq!(answer.status, status, "{bytes} bytes, announced: {announced}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_waited_for() {
    let house = House::open();
    let request = house.request("POST", "/api/v1/events").header("content-length", LIMIT + 1);
    assert_eq!(house.send(request, Body::empty()).await.problem(), (413, "too-large".to_owned()));
}

#[tokio::test]
async fn the_issuer_takes_no_more_either() {
    let house = House::open();
    let request = house.request("POST", "/oauth2/token").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(house.send(request, "x".repeat(LIMIT + 1)).await.status, 413);
}

#[tokio::test]
async fn urls_and_headers_have_limits_everywhere() {
    let house = House::open();
    let (query, header) = ("q".repeat(8 * 1024), "h".repeat(16 * 1024));
    for path in ["/api/v1/events", "/health", "/nothing"] {
        let answer = house.send(house.request("GET", &format!("{path}?{query}")), Body::empty()).await;
        assert_eq!(answer.problem(), (414, "uri-too-long".to_owned()), "{path}");
        let answer = house.send(house.request("GET", path).header("x-large", &header), Body::empty()).await;
        assert_eq!(answer.problem(), (431, "headers-too-large".to_owned()), "{path}");
        let stranger = axum::http::Request::get(format!("{path}?{query}"));
        assert_eq!(house.send(stranger, Body::empty()).await.problem().0, 414, "{path}");
    }
}
