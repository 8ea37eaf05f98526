//! The hosted pages.

mod branding;
mod errors;
mod home;
mod mailed;
