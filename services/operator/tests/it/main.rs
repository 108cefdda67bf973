//! Tests of the operator service alone: its console pages and its authorization. What it does to the data of the other
//! services is tested with the whole program.

mod authorization;
mod pages;
