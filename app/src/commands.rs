//! The commands of the program: one file for each, with its arguments and what it does.

pub mod backup;
pub mod config;
pub mod dead_letters;
pub mod doctor;
pub mod keys;
pub mod outbox;
pub mod restore;
pub mod rules;
pub mod serve;
pub mod sizes;
pub mod token;
pub mod verify;
