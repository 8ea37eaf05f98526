//! The brand of every page: the name and the logo of the service, and the links at the foot.

use serde::Serialize;

use super::Link;
use crate::{
    config::{Issuer, PagesConfig},
    templates::PageBrand,
};

/// The route of the logo of the service.
pub(crate) const LOGO_PATH: &str = "/logo";

/// The route of the icon that browsers show in tabs and bookmarks.
pub(crate) const ICON_PATH: &str = "/favicon.ico";

/// The variable `brand` of every template.
#[derive(Debug, Serialize)]
pub(super) struct BrandVariables {
    logo: Option<Link>,
    icon: Link,
    privacy: Option<Link>,
    terms: Option<Link>,
}

impl BrandVariables {
    pub(super) fn new(brand: &PageBrand, issuer: &Issuer) -> Self {
        Self {
            logo: brand.has_logo.then(|| Link::own(issuer, LOGO_PATH, [])),
            icon: Link::own(issuer, ICON_PATH, []),
            privacy: brand.privacy_url.as_ref().and_then(Link::to),
            terms: brand.terms_url.as_ref().and_then(Link::to),
        }
    }
}

/// The brand of this configuration.
pub(super) fn page_brand(config: &PagesConfig) -> PageBrand {
    PageBrand {
        name: config.name.as_ref().map(ToString::to_string),
        has_logo: config.logo.is_some(),
        privacy_url: config.privacy_url.clone(),
        terms_url: config.terms_url.clone(),
    }
}
