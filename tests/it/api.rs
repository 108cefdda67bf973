//! What the one public door lets in and what it refuses: generated from the document that it publishes, so that an
//! operation that is added is tested without a line here.

mod authorization;
mod bodies;
mod bookings;
mod catalogue;
mod concurrency;
mod examples;
pub mod fixture;
mod forged_tokens;
mod headers;
mod ids;
pub mod openapi;
mod openapi_documents;
mod organizers;
mod ownership;
mod pagination;
