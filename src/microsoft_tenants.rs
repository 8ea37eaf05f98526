//! Microsoft's tenants: one OpenID provider that vouches under as many issuers as it has tenants.

use uuid::Uuid;

/// What all of them call their issuer in common: each has its tenant in that place.
pub const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

const PLACE: &str = "{tenantid}";

/// The tenant that all personal accounts are in.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Those of many tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenants {
    /// Whichever there is.
    Common,
    /// All but that of personal accounts.
    Organizations,
}

impl Tenants {
    /// All that can be asked for.
    pub const ALL: &[Self] = &[Self::Common, Self::Organizations];

    /// What stands in the place of a tenant where people are sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Organizations => "organizations",
        }
    }

    /// The tenant whose issuer that is, if it is one of these.
    pub fn of_issuer(self, issuer: &str) -> Option<&str> {
        let (before, after) = TEMPLATE.split_once(PLACE)?;
        let tenant = issuer.strip_prefix(before)?.strip_suffix(after)?;
        let is_one = is_tenant(tenant) && (self == Self::Common || tenant != PERSONAL);
        is_one.then_some(tenant)
    }
}

/// Whether that is the issuer of personal accounts, which anybody may have.
pub fn is_personal(issuer: &str) -> bool {
    issuer == filled(TEMPLATE, PERSONAL)
}

/// A text of Microsoft's with a tenant in its place.
pub fn filled(template: &str, tenant: &str) -> String {
    template.replace(PLACE, tenant)
}

/// Whether that is the id of a tenant, in its one spelling.
pub fn is_tenant(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|guid| guid.to_string() == text)
}
