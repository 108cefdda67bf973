//! `/actuator/prometheus` of a program that has just started.

use boxoffice_metrics::{Kind, Metric};

use crate::cli::program::{Serving, fresh_folder};

#[tokio::test]
async fn every_metric_is_exported_with_0_at_the_start() {
    let serving = Serving::start(&fresh_folder("metrics"), &[], &[]).await;
    let page = reqwest::get(format!("http://{}/actuator/prometheus", serving.address)).await.unwrap();
    let page = page.text().await.unwrap();
    let metrics: Vec<&Metric> = boxoffice::metrics().into_iter().flat_map(|(_, metrics)| metrics).collect();
    for metric in metrics.iter().filter(|metric| !metric.is_open()) {
        let Metric { name, kind, help, .. } = metric;
        assert!(page.contains(&format!("# HELP {name} {help}\n")), "{name} has no help in\n{page}");
        assert!(page.contains(&format!("# TYPE {name} {}\n", kind.as_str())), "{name} has no type in\n{page}");
        let starts = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ', '_']));
        assert!(page.lines().any(|line| starts(&line)), "{name} has no series in\n{page}");
        // Process metrics have values from the first moment on.
        let counts = *kind == Kind::Counter && name.starts_with("boxoffice_");
        for labels in metric.closed_series().unwrap_or_default().iter().filter(|_| counts) {
            let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            assert!(page.contains(&format!("\n{name}{labels} 0\n")), "{name}{labels} is not 0 in\n{page}");
        }
    }
    for series in [
        r#"boxoffice_dead_letters_total{service="bookings"} 0"#,
        r#"boxoffice_gateway_breaker_transitions_total{upstream="orders",to="open"} 0"#,
        r#"boxoffice_http_refusals_total{service="payments",code="busy"} 0"#,
        r#"boxoffice_http_refusals_total{service="payments",code="nothing-to-refund"} 0"#,
    ] {
        assert!(page.lines().any(|line| line == series), "{series} is not in\n{page}");
    }
}
