//! The public HTTP API: which requests it accepts and which it refuses. Most cases are generated from the published
//! OpenAPI document, so that a new operation is tested without a new test.

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
