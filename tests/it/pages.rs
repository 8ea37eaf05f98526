//! The hosted pages.

mod accessibility;
mod admin;
mod branding;
mod errors;
mod home;
mod mailed;
