//! The hosted pages.

mod mailed;
