//! The pages of the account.

use serde::Serialize;

use super::{
    DisplayText, Link,
    page::{FormTarget, Page},
};

/// The overview of the account. Its form logs out.
#[derive(Serialize)]
pub(crate) struct AccountPage {
    pub(crate) email: DisplayText,
    #[serde(rename = "action")]
    pub(crate) log_out: Link,
}

impl From<AccountPage> for Page {
    fn from(view: AccountPage) -> Self {
        Self::new("account.html", &view)
            .form(FormTarget::Signet)
            .without_opener()
    }
}
