//! Login by other providers.

mod defects;
mod listing;
mod login;
mod silent_name_server;
