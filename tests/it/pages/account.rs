//! `/account`: the pages on which users change their account.

use crate::support::{Browser, TestService, upstream::LOOPBACK};

const SSO: &str = "__Host-signet-sso";
