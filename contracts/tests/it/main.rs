//! What is written down outside the code: the JSON of every event and the page about the saga.

mod choreography;
mod golden;
mod samples;
mod seeds;
