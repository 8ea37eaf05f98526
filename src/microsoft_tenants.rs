//! Microsoft's tenants: one OpenID provider that issues ID tokens under one issuer for each tenant.

use uuid::Uuid;

/// The common form of all issuers, with a placeholder for the tenant.
pub const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

const PLACEHOLDER: &str = "{tenantid}";

/// The tenant of all personal accounts.
const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A set of tenants whose users may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenants {
    /// All tenants.
    Common,
    /// All tenants except the one of personal accounts.
    Organizations,
}

impl Tenants {
    /// All sets that can be configured.
    pub const ALL: &[Self] = &[Self::Common, Self::Organizations];

    /// Returns the name that replaces the tenant in the URL of the authorization endpoint.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Organizations => "organizations",
        }
    }

    /// Returns the tenant of an issuer, if the tenant belongs to this set.
    pub fn of_issuer(self, issuer: &str) -> Option<&str> {
        let (before, after) = TEMPLATE.split_once(PLACEHOLDER)?;
        let tenant = issuer.strip_prefix(before)?.strip_suffix(after)?;
        let is_member = is_tenant(tenant) && (self == Self::Common || tenant != PERSONAL_TENANT);
        is_member.then_some(tenant)
    }
}

/// Returns whether that is the issuer of personal accounts, which any person can create.
pub fn is_personal(issuer: &str) -> bool {
    issuer == filled(TEMPLATE, PERSONAL_TENANT)
}

/// Replaces the placeholder in a text of Microsoft by a tenant.
pub fn filled(template: &str, tenant: &str) -> String {
    template.replace(PLACEHOLDER, tenant)
}

/// Returns whether the text is the ID of a tenant in canonical form.
pub fn is_tenant(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|guid| guid.to_string() == text)
}
