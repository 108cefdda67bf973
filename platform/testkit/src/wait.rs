use std::time::Duration;

use boxoffice_clock::{Clock, Stopwatch};

/// The longest time, by the machine's clock, that a test waits for a condition.
pub const WAIT_LIMIT: Duration = Duration::from_secs(60);

/// Waits until `condition` is true, checking every millisecond.
///
/// # Panics
/// After [`WAIT_LIMIT`], with `description` in the message.
pub async fn eventually(description: &str, condition: impl AsyncFn() -> bool) {
    let watch = Stopwatch::start();
    while !condition().await {
        assert!(watch.elapsed() < WAIT_LIMIT, "waited too long: {description}");
        Clock::system().sleep(Duration::from_millis(1)).await;
    }
}
