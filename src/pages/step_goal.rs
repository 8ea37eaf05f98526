//! The goal of a login in two steps.

use crate::{client::AuthorizationRequest, pages::return_path::ReturnPath};

/// The goal of a login in two steps: a client, or the issuer itself, perhaps with a page that asked for the login.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StepGoal<'a> {
    Client(&'a AuthorizationRequest),
    Issuer(Option<&'a ReturnPath>),
}

impl<'a> StepGoal<'a> {
    pub(crate) fn of(
        request: Option<&'a AuthorizationRequest>,
        page: Option<&'a ReturnPath>,
    ) -> Self {
        request.map_or(Self::Issuer(page), Self::Client)
    }

    pub(super) fn request(self) -> Option<&'a AuthorizationRequest> {
        match self {
            Self::Client(request) => Some(request),
            Self::Issuer(_) => None,
        }
    }

    pub(super) fn return_to(self) -> Option<&'a ReturnPath> {
        match self {
            Self::Client(_) => None,
            Self::Issuer(page) => page,
        }
    }
}
