//! The HTML pages in Chromium: the tests read what the browser renders.

mod documentation;
mod driver;
mod operators;
