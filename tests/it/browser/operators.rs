//! The pages for operators: the mailbox, and what happened to a booking.

use axum::http::Method;
use serde_json::{Value, json};

use super::driver::{Browser, ENTER};
use crate::{
    journeys::{ANN, two},
    system::System,
};

const OTTO: (&str, &str) = ("otto", "operator");

async fn place(system: &mut System, token: &str) -> String {
    let placed = system.send_until_done(ANN, Method::POST, "/api/v1/bookings", two(token)).await;
    placed.body["id"].as_str().unwrap().to_owned()
}

/// Enters a token into the page.
async fn sign_in(browser: &Browser, token: &str) {
    browser.enter("#sign-in input", token).await;
    browser.click("#sign-in button").await;
}

/// The subjects of the e-mails on the page.
const SUBJECTS: &str = "return [...document.querySelectorAll('#content summary strong')].map(e => e.innerText)";

#[tokio::test]
async fn an_operator_finds_and_opens_notifications() {
    let mut system = System::start().await;
    place(&mut system, "tok_ok").await;
    place(&mut system, "tok_declined").await;
    system.settle().await;
    let browser = Browser::before(&system).await;
    browser.go("/operators/mailbox").await;
    sign_in(&browser, "garbage").await;
    browser.wait_for_text("Unauthorized").await;
    sign_in(&browser, &system.token(ANN)).await;
    browser.wait_for_text("Forbidden").await;
    sign_in(&browser, &system.token(OTTO)).await;
    browser.wait_for_text("2 notifications").await;
    let subjects = browser.find(SUBJECTS).await;
    assert_eq!(subjects, json!(["Your booking could not be completed", "Your booking is confirmed"]));

    browser.enter("#content summary", ENTER).await;
    browser.wait_for_text("Hello ann,").await;
    browser.click("#content option[value='booking-confirmed']").await;
    browser.enter("#content input[name=to]", "ANN@").await;
    browser.click("#content form button").await;
    browser.wait_for_text("1 notification").await;
    browser.wait("return document.querySelectorAll('#content li').length === 1").await;
    assert_eq!(browser.find(SUBJECTS).await, json!(["Your booking is confirmed"]));
    browser.enter("#content input[name=to]", "nobody").await;
    browser.enter("#content input[name=to]", ENTER).await;
    browser.wait_for_text("No notification matches.").await;
    browser.enter("#content input[name=bookingId]", "7").await;
    browser.click("#content form button").await;
    browser.wait_for_text("Invalid request").await;

    let kept = browser.find("return [sessionStorage.length, localStorage.length, document.cookie]").await;
    assert_eq!(kept, json!([1, 0, ""]), "the token is kept for the tab alone");
    browser.click("#sign-out").await;
    assert_eq!(browser.find("return sessionStorage.length").await, 0);
    browser.must_be_content(&["the server responded with a status of 40"]).await;
}

/// The text of a row of the audit trail.
async fn rows(browser: &Browser) -> Vec<Value> {
    let rows = "return [...document.querySelectorAll('.graph li[id] summary')].map(e => e.innerText)";
    browser.wait(rows).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn the_audit_trail_of_a_booking_spans_services() {
    let mut system = System::start_with(None, &[("BOXOFFICE_NOTIFICATIONS_MAX_ATTEMPTS", "1")]).await;
    let profile = json!({"name": "ann", "email": "ann@fail.test"});
    system.send_until_done(ANN, Method::PUT, "/api/v1/users/me", profile).await;
    let booking = place(&mut system, "tok_ok").await;
    system.settle().await;
    let browser = Browser::before(&system).await;
    browser.go("/operators/bookings").await;
    sign_in(&browser, &system.token(OTTO)).await;
    browser.click(&format!("a[href='/operators/bookings/{booking}']")).await;
    let rows = rows(&browser).await;
    let row = |kind: &str| {
        let found = rows.iter().filter_map(Value::as_str).find(|row| row.starts_with(kind));
        found.unwrap_or_else(|| panic!("{kind} is not on the page: {rows:#?}"))
    };
    for (kind, text) in [
        ("BookingCreated bookings", "requested by ann"),
        ("OrderCreated orders", "caused by BookingCreated"),
        ("InventoryReserved inventory", "caused by OrderCreated"),
        ("PaymentProcessed payments", "caused by InventoryReserved"),
        ("InventorySold inventory", "✓ orders"),
        ("NotificationQueued notifications", "e-mail to the host fail.test always fails"),
        ("NotificationQueued notifications", "boxoffice dead-letters replay notifications/notifications/-1"),
    ] {
        assert!(row(kind).contains(text), "{text}: {}", row(kind));
    }
    let drawn =
        browser.wait("return ['circle', 'path'].map(e => document.querySelectorAll(`.graph ${e}`).length)").await;
    assert_eq!(drawn, json!([rows.len(), rows.len() - 1]), "a dot for each message, a line to each but the first");
    let timeline = browser.find("return document.querySelector('#content table').innerText").await;
    for state in ["PENDING", "PAID", "CONFIRMED"] {
        assert!(timeline.as_str().unwrap().contains(state), "{timeline}");
    }
    let wide = browser.find("return document.documentElement.scrollWidth > window.innerWidth").await;
    assert_eq!(wide, false, "nothing is wider than the page");

    browser.go("/operators/bookings/0197f0c2-7a4e-7c3b-b1de-6f0d5a6f1e2d").await;
    browser.wait_for_text("Not found").await;
    browser.must_be_content(&["the server responded with a status of 404"]).await;
}
