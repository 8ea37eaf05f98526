//! The page of the issuer to which a login at the issuer returns: the parameter `return_to` of `/login`.

use crate::{client::Acr, http::extract::Query};

/// The parameters of `/login`.
const RETURN_TO: &str = "return_to";
const ACR_VALUES: &str = "acr_values";

/// The parameter of `/login` that asks for another login although the user is logged in.
pub(crate) const PROMPT_LOGIN: (&str, &str) = ("prompt", "login");

/// The pages that need a login at the issuer, and to which a login may return.
const PAGES: [&str; 2] = ["/account", "/admin"];

/// A page below `/account` or `/admin`, and the strength that it needs of the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnPath {
    path: String,
    acr: Acr,
}

impl ReturnPath {
    /// Returns the page at this path, to which a login of at least that strength returns.
    pub(crate) fn new(path: &str, acr: Acr) -> Option<Self> {
        let (route, query) = path.split_once('?').unwrap_or((path, ""));
        let is_ours = PAGES.iter().any(|page| {
            let below = route.strip_prefix(page);
            below.is_some_and(|below| below.is_empty() || is_path(below))
        });
        let is_query = |b: u8| b.is_ascii_alphanumeric() || b"-._~=&%+*".contains(&b);
        (is_ours && query.bytes().all(is_query)).then(|| Self {
            path: path.to_owned(),
            acr,
        })
    }

    /// Reads the page from the query of `/login`. `None` if it names none, or another address.
    pub(crate) fn read(query: &Query) -> Option<Self> {
        let acr = query.get(ACR_VALUES).and_then(Acr::weakest);
        Self::new(query.get(RETURN_TO)?, acr.unwrap_or_default())
    }

    /// The route of the page, relative to the issuer.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The strength that the page needs of the login.
    pub(crate) fn acr(&self) -> Acr {
        self.acr
    }

    /// The parameters that lead to this page, for links between the pages of a login.
    pub(crate) fn parameters(&self) -> Vec<(&str, &str)> {
        let mut parameters = vec![(RETURN_TO, self.path.as_str())];
        if self.acr > Acr::default() {
            parameters.push((ACR_VALUES, self.acr.as_str()));
        }
        parameters
    }
}

/// Returns whether `below` consists of plain segments, each after a slash. Browsers read `..` and an empty segment in
/// other ways.
fn is_path(below: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    let is_segment = |it: &str| !it.is_empty() && it.bytes().all(is_plain);
    below
        .strip_prefix('/')
        .is_some_and(|rest| rest.split('/').all(is_segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_below_account_and_admin_are_returned_to() {
        let accepts = |path| ReturnPath::new(path, Acr::default()).is_some();
        for path in [
            "/account",
            "/account/password",
            "/account/passkeys/0193-a/remove",
            "/admin",
            "/admin/pages/users?search=a%40b*&after=x",
        ] {
            assert!(accepts(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/accounts",
            "/account/",
            "/account//evil.example",
            "/account/../login",
            "/account/%2e%2e/login",
            "//account",
            "/account\\evil",
            "https://evil.example/account",
            "/account#x",
            "/account?a=b#c",
            "/account?a b",
            "/login",
        ] {
            assert!(!accepts(path), "{path}");
        }
    }
}
