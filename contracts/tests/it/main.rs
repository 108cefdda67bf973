//! Files that describe the contracts: the JSON of every event, the AsyncAPI document and the page about the saga.

mod asyncapi;
mod choreography;
mod golden;
mod samples;
mod seeds;
