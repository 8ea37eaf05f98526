//! Mail delivery, and the links in mails.

mod delivery;
mod links;
