//! A client as pages show it.

use serde::Serialize;

use super::{DisplayText, Link};
use crate::{client::Client, config::Issuer};

/// The path of the logos of clients.
pub(crate) const CLIENT_LOGO_PATH: &str = "/logo/{client_id}";

/// The variables `client` and `client_logo` of a template.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ClientView {
    #[serde(rename = "client")]
    name: DisplayText,
    client_logo: Option<Link>,
}

impl ClientView {
    /// A client without a logo, or the service itself.
    pub(crate) fn named(name: DisplayText) -> Self {
        Self {
            name,
            client_logo: None,
        }
    }

    /// A configured client.
    pub(crate) fn of(client: &Client, issuer: &Issuer) -> Self {
        let path = CLIENT_LOGO_PATH.replace("{client_id}", &client.client_id);
        let logo = client.branding.logo.as_ref();
        Self {
            name: DisplayText::of(client.display_name()),
            client_logo: logo.map(|_| Link::own(issuer, &path, [])),
        }
    }

    /// Returns the name alone.
    pub(crate) fn into_name(self) -> DisplayText {
        self.name
    }

    /// The client with a logo.
    pub(super) fn with_logo(self, logo: Link) -> Self {
        Self {
            client_logo: Some(logo),
            ..self
        }
    }
}
