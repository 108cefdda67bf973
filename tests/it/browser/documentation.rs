//! The documentation page: a reader authorizes and sends an example.

use serde_json::json;

use super::driver::Browser;
use crate::{journeys::ANN, system::System};

#[tokio::test]
async fn the_documentation_sends_an_example_and_shows_the_response() {
    let mut system = System::start().await;
    let browser = Browser::before(&system).await;
    browser.go("/").await;
    browser.click("a[href='/docs']").await;
    browser.wait_for_text("Boxoffice API").await;
    let services =
        browser.wait("return [...document.querySelectorAll('.topbar option')].map(o => o.textContent)").await;
    for service in ["all services", "inventory", "bookings", "orders", "payments", "notifications", "users"] {
        assert!(services.as_array().unwrap().contains(&json!(service)), "{services}");
    }

    browser.go("/docs/bookings").await;
    browser.wait_for_text("Bookings Service API").await;
    browser.click(".scheme-container .authorize").await;
    browser.enter(".modal-ux input[aria-label='auth-bearer-value']", &system.token(ANN)).await;
    browser.click(".modal-ux button[aria-label='Apply credentials']").await;
    browser.click(".modal-ux .btn-done").await;

    let place = "#operations-bookings-post_bookings";
    browser.click(&format!("{place} .opblock-summary-control")).await;
    browser.click(&format!("{place} .execute")).await;
    let response_of =
        |what: &str| format!("return document.querySelector('{place} .live-responses-table {what}')?.innerText");
    assert_eq!(browser.wait(&response_of(".response .response-col_status")).await, "201");
    let body = browser.wait(&response_of(".response-col_description .highlight-code")).await;
    assert!(body.as_str().unwrap().contains(r#""status": "CONFIRMED""#), "{body}");
    browser.wait_for_text("location: /api/v1/bookings/").await;
    browser.must_be_content(&[]).await;
    drop(browser);
    system.settle().await;
    let bookings = system.get(ANN, "/api/v1/bookings").await.body;
    assert_eq!(bookings.as_array().unwrap().len(), 1, "{bookings}");
}
