//! The page on which a user who is logged in at the issuer continues to a client.

use serde::Serialize;

use super::{
    ClientView, DisplayText, Link,
    page::{FormTarget, Page},
};

/// Shows the account that is logged in. The form posts `sid` and the pressed button as `by`: `session`.
#[derive(Serialize)]
pub(crate) struct ChooseAccountPage {
    #[serde(flatten)]
    pub(crate) client: ClientView,
    pub(crate) action: Link,
    /// The session of the account. It may be replaced in another tab while the page is shown.
    pub(crate) sid: String,
    /// The name of the user, or their email if they have no name.
    pub(crate) name: DisplayText,
    /// The email of the user, if `name` is not the email.
    pub(crate) email: Option<DisplayText>,
    /// Set if another site may have started the login.
    pub(crate) needs_confirmation: bool,
    /// The login page.
    pub(crate) other: Link,
    /// The link back to the client, with the error `access_denied`.
    pub(crate) cancel: Option<Link>,
}

impl From<ChooseAccountPage> for Page {
    fn from(view: ChooseAccountPage) -> Self {
        Self::new("choose-account.html", &view).form(FormTarget::Client)
    }
}
