//! Keys and secrets: commands, schedules and rotation.

mod clock;
mod commands;
mod openid;
mod reseal;
mod rotation;
mod two_nodes;
