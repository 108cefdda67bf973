//! Progress bars on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar of `length` steps; invisible if standard error is not a terminal.
pub fn bar(name: &'static str, length: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg:<22} {bar:40} {pos}/{len} {per_sec}").expect("the template is valid");
    ProgressBar::new(length).with_style(style).with_message(name)
}
