//! The hosted pages.

mod accessibility;
mod branding;
mod errors;
mod home;
mod mailed;
