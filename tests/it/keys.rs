//! Keys and secrets: commands, schedules, rotation.

mod clock;
mod commands;
mod rotation;
mod two_nodes;
