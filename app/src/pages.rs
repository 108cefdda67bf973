//! Pages for people: where to go, the mailbox, and what happened to a booking.
//!
//! A page has no data in it and is open. What it shows it asks for with the token of whoever looks at it.

use boxoffice_gateway::Page;

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, media type and text of each.
const PAGES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("pages/front.html")),
    ("/operators/mailbox", HTML, include_str!("pages/mailbox.html")),
    ("/operators/bookings", HTML, include_str!("pages/booking.html")),
    ("/operators/bookings/{id}", HTML, include_str!("pages/booking.html")),
    ("/operators/style.css", STYLE, include_str!("pages/style.css")),
    ("/operators/graph.css", STYLE, include_str!("pages/graph.css")),
    ("/operators/elements.js", SCRIPT, include_str!("pages/elements.js")),
    ("/operators/session.js", SCRIPT, include_str!("pages/session.js")),
    ("/operators/mailbox.js", SCRIPT, include_str!("pages/mailbox.js")),
    ("/operators/booking.js", SCRIPT, include_str!("pages/booking.js")),
    ("/operators/graph.js", SCRIPT, include_str!("pages/graph.js")),
];

/// All of them, by their paths.
pub fn all() -> Vec<(&'static str, Page)> {
    PAGES.iter().map(|(path, media_type, text)| (*path, Page::new(media_type, *text))).collect()
}
