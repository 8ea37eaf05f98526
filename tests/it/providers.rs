//! Login by providers.

mod defects;
mod listing;
mod login;
mod silent_name_server;
