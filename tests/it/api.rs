//! The JSON and OAuth endpoints, one file for each endpoint or rule.

mod admin;
mod bad_input;
mod claims;
mod client_script;
mod cookies;
mod cors;
mod documents;
mod forward_auth;
mod imported_passwords;
mod login;
mod logout;
mod openapi;
mod profile;
mod refresh;
mod responses;
mod second_factor;
mod session_and_me;
mod sign_up;
