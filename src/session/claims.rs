//! The custom claims of access tokens, read from the user's row at each mint and never from a presented
//! token.

use serde_json::Value;

use crate::{
    client::{ExtraClaims, UserColumn},
    config::longest_claim,
    identity::User,
    json::UniqueMembers,
};

/// Returns the configured claims of the user.
pub(super) fn of(claims: &ExtraClaims, user: &User) -> UniqueMembers {
    UniqueMembers(claims.of_row(|column| {
        let value = value(column, user)?;
        (value.to_string().len() <= longest_claim(column)).then_some(value)
    }))
}

fn value(column: UserColumn, user: &User) -> Option<Value> {
    Some(match column {
        UserColumn::Id => user.id.to_string().into(),
        UserColumn::Email => user.email.as_str().into(),
        UserColumn::EmailVerified => user.email_verified.is_some().into(),
        UserColumn::Name => user.name.as_ref()?.to_string().into(),
        UserColumn::Image => user.image.as_ref()?.to_string().into(),
        UserColumn::Role => user.role.to_string().into(),
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::*;
    use crate::{
        client::ClaimTemplate,
        entropy::Entropy,
        identity::{ImageUrl, PersonName, UserId},
    };

    fn now() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn ada() -> User {
        let id: UserId = "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap();
        let email = "ada@example.com".parse().unwrap();
        User::new(id, email, None, now(), &Entropy::system()).unwrap()
    }

    /// Every column, under its own name.
    fn all_of(user: &User) -> Value {
        let column =
            |column: &UserColumn| (column.as_str().to_owned(), ClaimTemplate::Column(*column));
        let claims = ExtraClaims::new(UserColumn::ALL.iter().map(column).collect());
        of(&claims, user).0.into()
    }

    #[test]
    fn claims_are_read_from_the_row_and_omitted_if_empty() {
        let mut ada = ada();
        let id = "0190163d-8694-739b-aea5-966c26f8ad91";
        assert_eq!(
            all_of(&ada),
            json!({"id": id, "email": "ada@example.com", "email_verified": true, "role": "user"})
        );
        ada.email_verified = None;
        ada.name = Some("Ada \"Countess\" Lovelace".parse().unwrap());
        ada.image = Some("https://example.com/ada.png".parse().unwrap());
        ada.role = "admin".parse().unwrap();
        assert_eq!(
            all_of(&ada),
            json!({
                "id": id, "email": "ada@example.com", "email_verified": false, "role": "admin",
                "name": "Ada \"Countess\" Lovelace", "image": "https://example.com/ada.png",
            })
        );
    }

    #[test]
    fn long_images_are_omitted_and_names_are_never_cut() {
        let mut ada = ada();
        let name = "\u{1f600}".repeat(PersonName::MAX_CHARS);
        ada.name = Some(name.parse().unwrap());
        let url = |bytes: usize| format!("https://example.com/{}", "a".repeat(bytes - 20));
        ada.image = Some(url(512).parse().unwrap());
        assert_eq!(all_of(&ada)["name"], name);
        assert_eq!(all_of(&ada)["image"], url(512));
        // The limit is on the length in JSON, in which each of these characters takes two bytes.
        let escaped = format!("https://example.com/?{}", "\\".repeat(300));
        for too_long in [url(513), url(ImageUrl::MAX_BYTES), escaped] {
            ada.image = Some(too_long.parse().unwrap());
            assert_eq!(ada.image.as_ref().unwrap().to_string(), too_long);
            assert_eq!(all_of(&ada).get("image"), None);
            assert_eq!(all_of(&ada)["name"], name);
        }
    }
}
