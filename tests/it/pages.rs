//! The hosted pages.

mod accessibility;
mod account;
mod admin;
mod branding;
mod errors;
mod home;
mod hostile;
mod mailed;
