//! `pages.…`: the branding and the templates of the hosted pages.

use std::{convert::Infallible, path::PathBuf};

use url::Url;

use super::{Issuer, logo_file, reader::SettingReader, web_link::web_link};
use crate::branding::{Accent, DisplayName, Logo};

/// Settings of the hosted pages.
#[derive(Debug, Clone)]
pub struct PagesConfig {
    /// The name of the service on pages and in mails. The host if it is not set.
    pub name: Option<DisplayName>,
    /// The logo of the service.
    pub logo: Option<Logo>,
    /// The color of buttons and links.
    pub accent: Option<Accent>,
    /// The privacy policy.
    pub privacy_url: Option<Url>,
    /// The terms of service.
    pub terms_url: Option<Url>,
    /// Serves the account page, if single sign-on is enabled.
    pub account: bool,
    /// The folder of templates that replace the built-in templates.
    pub templates: Option<PathBuf>,
}

impl PagesConfig {
    pub(super) fn read(reader: &mut SettingReader, issuer: &Issuer) -> Self {
        let link = |text: &str| web_link(text, issuer);
        Self {
            name: reader.optional("pages.name", DisplayName::parse),
            logo: reader.optional("pages.logo", logo_file::read),
            accent: reader.optional("pages.accent", Accent::parse),
            privacy_url: reader.optional("pages.privacy_url", link),
            terms_url: reader.optional("pages.terms_url", link),
            account: reader.boolean("pages.account"),
            templates: reader.optional("pages.templates", |text| {
                Ok::<_, Infallible>(PathBuf::from(text))
            }),
        }
    }
}
