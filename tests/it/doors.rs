//! What the one public door lets in and what it refuses: generated from the document that it publishes, so that an
//! operation that is added is tested without a line here.

mod bodies;
mod bookings;
mod catalogue;
mod document;
mod examples;
mod ids;
mod lists;
mod owners;
mod races;
mod strangers;
mod visit;
