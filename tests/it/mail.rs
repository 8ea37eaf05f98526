//! Mails: their delivery, and the links in them.

mod delivery;
mod links;
