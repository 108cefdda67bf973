//! The program as an operator meets it: the real binary, on real data.

mod cli;
mod power_cut;
mod requests;
mod scripts;
