//! The hosted pages.

mod accessibility;
mod account;
mod branding;
mod errors;
mod home;
mod mailed;
