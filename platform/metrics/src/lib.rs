//! Declarations of metrics, in the conventions of Prometheus.
//!
//! A crate that counts something declares each [`Metric`] in a `const METRICS: &[Metric]`, in its `metrics.rs`, and
//! counts with the macros of the crate `metrics`. The declarations have three uses: [`register`] exports every metric
//! with its HELP and TYPE and the value 0 when the process starts, so that an alert on an increase sees the first one;
//! [`markdown_table`] is the table of docs/operating.md; and a test compares the names in the macros with the list.
//!
//! Names start with `boxoffice_`, except for the `process_` metrics that Prometheus defines. Counters end in `_total`,
//! and other metrics end in their base unit where they have one: `_seconds`, `_bytes`.

use std::fmt::Write;

/// One metric: its name, meaning and labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The full name, with prefix and unit; for a counter ends in `_total`.
    pub name: &'static str,
    /// The TYPE in the Prometheus text format.
    pub kind: Kind,
    /// The HELP in the Prometheus text format: one sentence, which the table in docs/operating.md repeats.
    pub help: &'static str,
    /// The labels, in the order of the table; a series has all of them.
    pub labels: &'static [Label],
}

/// The type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A count that only grows while the process runs.
    Counter,
    /// A value that rises and falls.
    Gauge,
    /// Samples counted in buckets.
    Histogram,
}

/// One label of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name of the label, such as `outcome`.
    pub name: &'static str,
    /// The values that the label can have.
    pub values: Values,
}

/// The values of a label, by when they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Exactly these; [`register`] exports each of them.
    Closed(&'static [&'static str]),
    /// The parts of the running system, such as its services: the code that starts a part registers its series.
    AtStart,
    /// Values that only requests bring, such as the route and the status of an answer. A series exists from its first
    /// sample on.
    AtRuntime,
}

impl Kind {
    /// The TYPE as the Prometheus text format writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl Label {
    /// A label with a closed set of values.
    pub const fn closed(name: &'static str, values: &'static [&'static str]) -> Self {
        Self { name, values: Values::Closed(values) }
    }

    /// A label whose values are known when the system starts.
    pub const fn at_start(name: &'static str) -> Self {
        Self { name, values: Values::AtStart }
    }

    /// A label whose values only requests bring.
    pub const fn at_runtime(name: &'static str) -> Self {
        Self { name, values: Values::AtRuntime }
    }
}

impl Metric {
    /// A counter; `name` ends in `_total`.
    pub const fn counter(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self { name, kind: Kind::Counter, help, labels }
    }

    /// A gauge: a value that rises and falls.
    pub const fn gauge(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self { name, kind: Kind::Gauge, help, labels }
    }

    /// A histogram; buckets follow from the end of `name`: `_seconds`, `_bytes`, else counts.
    pub const fn histogram(name: &'static str, help: &'static str, labels: &'static [Label]) -> Self {
        Self { name, kind: Kind::Histogram, help, labels }
    }

    /// Whether no series exists before the first sample, because a label gets its values at run time.
    pub fn is_open(&self) -> bool {
        self.labels.iter().any(|label| label.values == Values::AtRuntime)
    }

    /// The label sets of all series when every label is closed, each as pairs of name and value; one empty set for a
    /// metric without labels. `None` when a label is not closed.
    pub fn closed_series(&self) -> Option<Vec<Vec<(&'static str, &'static str)>>> {
        let mut series = vec![Vec::new()];
        for label in self.labels {
            let Values::Closed(values) = label.values else { return None };
            let extended = series
                .iter()
                .flat_map(|known| values.iter().map(move |value| [known.as_slice(), &[(label.name, *value)]].concat()));
            series = extended.collect();
        }
        Some(series)
    }

    fn describe(&self) {
        match self.kind {
            Kind::Counter => metrics::describe_counter!(self.name, self.help),
            Kind::Gauge => metrics::describe_gauge!(self.name, self.help),
            Kind::Histogram => metrics::describe_histogram!(self.name, self.help),
        }
    }

    fn register_series(&self, labels: &[(&'static str, &'static str)]) {
        match self.kind {
            Kind::Counter => metrics::counter!(self.name, labels).increment(0),
            Kind::Gauge => metrics::gauge!(self.name, labels).increment(0.0),
            // Looking a histogram up exports its empty buckets.
            Kind::Histogram => drop(metrics::histogram!(self.name, labels)),
        }
    }
}

/// Describes each metric to the installed recorder, and exports the series whose labels are closed with the value 0.
/// Existing values stay. Without a recorder it has no effect, so the recorder must be installed first.
pub fn register(metrics: &[Metric]) {
    for metric in metrics {
        metric.describe();
        for labels in metric.closed_series().unwrap_or_default() {
            metric.register_series(&labels);
        }
    }
}

/// The metrics of every owner as a Markdown table, in the given order.
pub fn markdown_table(owners: &[(&str, &[Metric])]) -> String {
    let mut table = String::from("| metric | type | labels | meaning | from |\n| --- | --- | --- | --- | --- |\n");
    for (owner, metrics) in owners {
        for Metric { name, kind, help, labels } in *metrics {
            let labels = labels.iter().map(describe_label).collect::<Vec<_>>().join("; ");
            let labels = if labels.is_empty() { "-" } else { &labels };
            writeln!(table, "| `{name}` | {} | {labels} | {help} | {owner} |", kind.as_str())
                .expect("a write to a string succeeds");
        }
    }
    table
}

fn describe_label(label: &Label) -> String {
    match label.values {
        Values::Closed(values) => {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("`{}`: {}", label.name, values.join(", "))
        }
        Values::AtStart => format!("`{}`", label.name),
        Values::AtRuntime => format!("`{}` (at run time)", label.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: Metric = Metric::counter(
        "boxoffice_calls_total",
        "Calls.",
        &[Label::closed("outcome", &["done", "failed"]), Label::closed("way", &["in", "out"])],
    );

    const OPEN: Metric = Metric::gauge("boxoffice_open", "Open.", &[]);
    const BY_SERVICE: Metric = Metric::counter("boxoffice_calls_total", "Calls.", &[Label::at_start("service")]);
    const BY_PATH: Metric = Metric::counter("boxoffice_calls_total", "Calls.", &[Label::at_runtime("path")]);

    #[test]
    fn closed_labels_have_every_combination() {
        let series = CALLS.closed_series().unwrap();
        assert_eq!(series.len(), 4);
        assert!(series.contains(&vec![("outcome", "failed"), ("way", "in")]));
        assert_eq!(OPEN.closed_series(), Some(vec![vec![]]));
    }

    #[test]
    fn a_label_that_is_not_closed_leaves_no_closed_series() {
        assert_eq!((BY_SERVICE.closed_series(), BY_SERVICE.is_open()), (None, false));
        assert_eq!((BY_PATH.closed_series(), BY_PATH.is_open()), (None, true));
    }

    #[test]
    fn the_table_has_a_row_for_each_metric() {
        let table =
            markdown_table(&[("calls", &[CALLS]), ("others", &[Metric::gauge("boxoffice_open", "Open.", &[])])]);
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `boxoffice_calls_total` | counter | `outcome`: `done`, `failed`; `way`: `in`, `out` | Calls. | calls |",
                "| `boxoffice_open` | gauge | - | Open. | others |",
            ]
        );
    }
}
