//! Tests of the program: the real binary on real data.

mod backups;
mod cli;
mod discarding;
mod disk_full;
mod metrics;
mod power_cut;
mod replaying;
mod requests;
mod restoring;
mod scripts;
mod sizing;
