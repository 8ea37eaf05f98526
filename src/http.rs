//! HTTP parts that the API and the hosted pages share: extractors, cookies, problems, middleware, the server.

pub(crate) mod cached_document;
pub(crate) mod completion;
pub(crate) mod cookie;
pub(crate) mod cors;
pub(crate) mod dpop;
pub(crate) mod extract;
pub(crate) mod json_or_form;
pub(crate) mod navigation;
pub(crate) mod node;
pub(crate) mod oauth_error;
pub(crate) mod openapi;
mod origin_log;
pub(crate) mod passkeys;
pub(crate) mod problem;
pub(crate) mod request_log;
mod server;
pub(crate) mod user_data;

pub use self::server::{CurrentRouter, HttpListener, ServedRoutes, serve};
