//! Waits until all accepted bookings are complete: paid, ticketed and notified.

use std::time::Duration;

use boxoffice_clock::Stopwatch;
use boxoffice_identity::{Issuer, Scope};
use http_body_util::BodyExt as _;
use hyper::header::{self, HeaderValue};

use super::{
    catalog::{TestEvent, bearer},
    connection::{Connection, LoadRequest, Target},
    metrics::Metrics,
    progress,
};

/// Poll interval, long enough to cost the program no measurable time.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The completion of the accepted bookings.
pub struct Completion {
    /// Number of bookings that are confirmed and whose customers are notified.
    pub complete: u64,
    /// Description of incomplete bookings; `None` if all are complete.
    pub missing: Option<String>,
    /// Time from the start of the wait until the last booking was complete.
    pub waited: Duration,
}

/// Waits until all `accepted` bookings of the test event are complete. The program's metrics tell when to check; the check
/// reads the bookings from the API.
pub async fn wait_for_completion(
    target: &Target,
    issuer: &Issuer,
    test_event: &TestEvent,
    accepted: u64,
    timeout: Duration,
    before: &Metrics,
) -> anyhow::Result<Completion> {
    let watch = Stopwatch::start();
    let bar = progress::bar("complete", accepted);
    let mut counted = Counted::default();
    while watch.elapsed() < timeout {
        counted = Counted::since(before, &Metrics::read(target).await?);
        bar.set_position(counted.least());
        if counted.least() >= accepted && is_none_pending(target, issuer, test_event).await? {
            break;
        }
        target.clock.sleep(POLL_INTERVAL).await;
    }
    let waited = watch.elapsed();
    bar.finish_and_clear();
    let confirmed = confirmed(target, issuer, test_event).await?;
    let complete = confirmed.min(counted.notified);
    let missing = (complete != accepted).then(|| {
        let Counted { ended, notified } = counted;
        format!("{confirmed} of {accepted} bookings are confirmed; metrics: {ended} orders confirmed, {notified} notifications sent")
    });
    Ok(Completion { complete, missing, waited })
}

/// Counts from the program's metrics.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    /// Number of confirmed orders.
    ended: u64,
    /// Number of sent notifications.
    notified: u64,
}

impl Counted {
    fn since(before: &Metrics, after: &Metrics) -> Self {
        let count = |name: &str, label: &str| (after.sum(name, &[label]) - before.sum(name, &[label])) as u64;
        Self {
            ended: count("boxoffice_orders_ended_total", "outcome=\"confirmed\""),
            notified: count("boxoffice_notification_attempts_total", "outcome=\"sent\""),
        }
    }

    fn least(self) -> u64 {
        self.ended.min(self.notified)
    }
}

async fn is_none_pending(target: &Target, issuer: &Issuer, test_event: &TestEvent) -> anyhow::Result<bool> {
    let request = list(issuer, test_event, "PENDING", 1)?;
    let page = Connection::open(target).await?.json(&request).await?;
    Ok(page.as_array().is_some_and(Vec::is_empty))
}

/// Counts the confirmed bookings of the test event, page by page.
async fn confirmed(target: &Target, issuer: &Issuer, test_event: &TestEvent) -> anyhow::Result<u64> {
    let mut connection = Connection::open(target).await?;
    let mut request = list(issuer, test_event, "CONFIRMED", 200)?;
    let mut count = 0;
    loop {
        let response = connection.send(&request).await?;
        anyhow::ensure!(response.status() == 200, "{} returned {}", request.uri, response.status());
        let next = response.headers().get(header::LINK).and_then(next_page);
        let page: serde_json::Value = serde_json::from_slice(&response.into_body().collect().await?.to_bytes())?;
        count += page.as_array().map_or(0, Vec::len) as u64;
        match next {
            Some(next) => request = LoadRequest::get(&next, request.bearer)?,
            None => return Ok(count),
        }
    }
}

fn list(issuer: &Issuer, test_event: &TestEvent, status: &str, limit: u32) -> anyhow::Result<LoadRequest> {
    let uri = format!("/api/v1/events/{}/bookings?status={status}&limit={limit}", test_event.event);
    LoadRequest::get(&uri, Some(bearer(issuer, "load-operator", Scope::Operator)?))
}

/// The target of `<...>; rel="next"` (RFC 8288).
fn next_page(link: &HeaderValue) -> Option<String> {
    let (target, _) = link.to_str().ok()?.strip_prefix('<')?.split_once(r#">; rel="next""#)?;
    Some(target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_comes_from_the_link() {
        let link = HeaderValue::from_static(r#"</api/v1/events/1/bookings?limit=2&cursor=x>; rel="next""#);
        assert_eq!(next_page(&link).unwrap(), "/api/v1/events/1/bookings?limit=2&cursor=x");
        assert_eq!(next_page(&HeaderValue::from_static("</first>; rel=\"first\"")), None);
    }
}
