//! Limits, hostile clients, the audit trail, and secrets in logs.

mod audit;
mod clocks;
mod corpus;
mod http2_abuse;
mod keep_alive;
mod limits;
mod log_secrets;
mod malformed;
mod outbound;
mod stalled_clients;
