//! Keys and secrets: commands, schedules and rotation.

mod clock;
mod commands;
mod rotation;
mod two_nodes;
