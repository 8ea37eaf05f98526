//! Login by providers, and by the service that users move from.

mod defects;
mod listing;
mod login;
mod migration;
mod silent_name_server;
