//! A bar on stderr, where somebody looks at it.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `length` steps; it draws nothing where stderr is no terminal.
pub fn bar(what: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<22} {bar:40} {pos}/{len} {per_sec}").expect("a template of ours");
    ProgressBar::new(length).with_style(style).with_message(what)
}
