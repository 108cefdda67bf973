//! What the one public door lets in and what it refuses: generated from the document that it publishes, so that an
//! operation that is added is tested without a line here.

mod bodies;
mod bookings;
mod catalogue;
pub mod document;
mod documents;
mod examples;
mod forgeries;
mod headers;
mod ids;
mod lists;
mod organizers;
mod owners;
mod races;
mod strangers;
pub mod visit;
