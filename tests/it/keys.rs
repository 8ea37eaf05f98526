//! Keys and secrets: commands, schedules and rotation.

mod clock;
mod commands;
mod openid;
mod rotation;
mod two_nodes;
