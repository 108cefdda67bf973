//! Pages for people: where to go, the mailbox, and what happened to a booking.
//!
//! A page has no data in it and is open. What it shows it asks for with the token of whoever looks at it.

use boxoffice_gateway::Page;

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Path, media type and text of each.
const PAGES: &[(&str, &str, &str)] =
    &[("/", HTML, include_str!("pages/front.html")), ("/operators/style.css", STYLE, include_str!("pages/style.css"))];

/// All of them, by their paths.
pub fn all() -> Vec<(&'static str, Page)> {
    PAGES.iter().map(|(path, media_type, text)| (*path, Page::new(media_type, *text))).collect()
}
