//! Console pages: an overview, the mailbox, and the trail of a booking.
//!
//! The pages are static and public. They request all data from the API with the operator's token.

/// A static file of the console.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Path of the page at the gateway; `{id}` matches any segment.
    pub path: &'static str,
    /// Value of the `Content-Type` header.
    pub media_type: &'static str,
    /// Content of the file.
    pub text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const fn page(path: &'static str, media_type: &'static str, text: &'static str) -> Page {
    Page { path, media_type, text }
}

/// All console pages, with the scripts and style sheets that they load.
pub const PAGES: &[Page] = &[
    page("/", HTML, include_str!("pages/index.html")),
    page("/operators/mailbox", HTML, include_str!("pages/mailbox.html")),
    page("/operators/bookings", HTML, include_str!("pages/booking.html")),
    page("/operators/bookings/{id}", HTML, include_str!("pages/booking.html")),
    page("/operators/style.css", STYLE, include_str!("pages/style.css")),
    page("/operators/graph.css", STYLE, include_str!("pages/graph.css")),
    page("/operators/elements.js", SCRIPT, include_str!("pages/elements.js")),
    page("/operators/session.js", SCRIPT, include_str!("pages/session.js")),
    page("/operators/mailbox.js", SCRIPT, include_str!("pages/mailbox.js")),
    page("/operators/booking.js", SCRIPT, include_str!("pages/booking.js")),
    page("/operators/graph.js", SCRIPT, include_str!("pages/graph.js")),
];
