//! What is wrong with what somebody entered, and which sentence says so.

use crate::identity::InvalidEmailAddress;

/// The sentence about an address.
pub(super) const fn of_email(problem: InvalidEmailAddress) -> &'static str {
    match problem {
        InvalidEmailAddress::Form => "page-email-form",
        InvalidEmailAddress::TooLong => "page-email-too-long",
        InvalidEmailAddress::LocalPart => "page-email-local-part",
        InvalidEmailAddress::Domain => "page-email-domain",
    }
}
