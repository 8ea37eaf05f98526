//! The command line and the process.

pub mod commands;
mod process;
mod refused_at_start;
