//! The branding of a client.

use url::Url;

use super::{DisplayName, Logo};

/// A client as users know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientBranding {
    /// The name. Pages show the `client_id` if it is not set.
    pub name: Option<DisplayName>,
    /// The logo.
    pub logo: Option<Logo>,
    /// The page of the client to which users go when a flow ends.
    pub home: Option<Url>,
}
