//! The command line and the process.

pub mod commands;
mod mistakes;
mod process;
mod reference;
mod refused_at_start;
mod service_manager;
