//! The program's metrics, read in the Prometheus text format.

use std::collections::BTreeMap;

use super::connection::{Connection, LoadRequest, Target};

/// All samples of one reading, by name and labels.
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    pub async fn read(target: &Target) -> anyhow::Result<Self> {
        let request = LoadRequest::get("/actuator/prometheus", None)?;
        let (status, body) = Connection::open(target).await?.send_with_retries(&request, &mut 0).await?;
        anyhow::ensure!(status == 200, "{} was answered {status}", request.uri);
        Ok(Self::parse(&String::from_utf8_lossy(&body)))
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.filter_map(|line| line.rsplit_once(' '));
        Self(samples.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect())
    }

    /// The sum of the samples of `name` that have all `labels`, each written as `label="value"`.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let own = self.0.iter().filter(|(sample, _)| sample.split('{').next() == Some(name));
        own.filter(|(sample, _)| labels.iter().all(|label| sample.contains(label))).map(|(_, value)| value).sum()
    }

    /// All values of `label` among the samples of `name`.
    fn values_of(&self, name: &str, label: &str) -> Vec<String> {
        let start = format!("{label}=\"");
        let own = self.0.keys().filter(|sample| sample.split('{').next() == Some(name));
        own.filter_map(|sample| Some(sample.split_once(&start)?.1.split('"').next()?.to_owned())).collect()
    }
}

/// Averages of the writer of one service between two readings.
#[derive(Clone, Debug, PartialEq)]
pub struct Writer {
    pub service: String,
    pub batches: f64,
    /// Average number of members of a batch.
    pub members: f64,
    /// Average duration of a commit, in milliseconds.
    pub commit: f64,
}

/// The averages of each writer between two readings.
pub fn writers(before: &Metrics, after: &Metrics) -> Vec<Writer> {
    let services = after.values_of("boxoffice_writer_batch_size_count", "service");
    let writer = |service: String| {
        let label = format!("service=\"{service}\"");
        let since = |name: &str| after.sum(name, &[&label]) - before.sum(name, &[&label]);
        let batches = since("boxoffice_writer_batch_size_count");
        Writer {
            members: since("boxoffice_writer_batch_size_sum") / batches.max(1.0),
            commit: 1000.0 * since("boxoffice_writer_commit_duration_seconds_sum")
                / since("boxoffice_writer_commit_duration_seconds_count").max(1.0),
            service,
            batches,
        }
    };
    services.into_iter().map(writer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_cover_the_time_between_two_readings() {
        let before = Metrics::parse("boxoffice_writer_batch_size_count{service=\"orders\"} 10\nother 1\n");
        let after = Metrics::parse(
            "# TYPE boxoffice_writer_batch_size histogram\nboxoffice_writer_batch_size_bucket{service=\"orders\",le=\"1\"} 3\n\
             boxoffice_writer_batch_size_sum{service=\"orders\"} 100\nboxoffice_writer_batch_size_count{service=\"orders\"} 30\n\
             boxoffice_writer_commit_duration_seconds_sum{service=\"orders\"} 0.5\nboxoffice_writer_commit_duration_seconds_count{service=\"orders\"} 100\n",
        );
        let orders = Writer { service: "orders".into(), batches: 20.0, members: 5.0, commit: 5.0 };
        assert_eq!(writers(&before, &after), [orders]);
    }
}
