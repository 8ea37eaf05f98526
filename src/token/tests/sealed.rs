//! Forged sealed tokens. They have no header to forge.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    fixture::{ISSUER, Mint, Sample, now, seconds},
    forged::{with, without},
};
use crate::token::{SignUp, TokenRejection};

#[test]
fn sealed_token_has_one_accepted_encoding() {
    let mint = Mint::new();
    let token = mint.tokens.mint(&SignUp::sample(), now()).unwrap();
    let (kid, body) = token.split_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(body).unwrap();
    let encode = |bytes: &[u8]| format!("{kid}.{}", URL_SAFE_NO_PAD.encode(bytes));
    for invalid in [
        String::new(),
        ".".to_owned(),
        kid.to_owned(),
        format!("{kid}."),
        body.to_owned(),
        format!(".{body}"),
        format!("{token}="),
        format!("{token}."),
        format!("{token}.{body}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{kid}..{body}"),
        format!("M{}.{body}", kid.split_at(1).1),
        format!("m19700101T000000Z.{body}"),
        format!("../{kid}.{body}"),
        format!("{}.{body}", mint.key().kid()),
        encode(&[]),
        encode(&[0; 23]),
        encode(&[0; 24]),
        encode(&[0; 40]),
        encode(bytes.split_last().unwrap().1),
        encode(bytes.split_first().unwrap().1),
        encode(&[&bytes[..], &[0]].concat()),
    ] {
        assert!(mint.verify::<SignUp>(&invalid).is_err(), "{invalid}");
    }
    let (all_but_last, last) = token.split_at(token.len() - 1);
    for other in ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(['-', '_'])
    {
        let respelt = format!("{all_but_last}{other}");
        assert_eq!(
            mint.verify::<SignUp>(&respelt).is_ok(),
            last.contains(other)
        );
    }
}

#[test]
fn sign_up_token_is_unreadable() {
    let mint = Mint::new();
    let token = mint.tokens.mint(&SignUp::sample(), now()).unwrap();
    let bytes = URL_SAFE_NO_PAD
        .decode(token.split_once('.').unwrap().1)
        .unwrap();
    for part in ["ada@", "example.com", "client_id", "email"] {
        assert!(
            !bytes
                .windows(part.len())
                .any(|window| window == part.as_bytes()),
            "{part}"
        );
    }
    assert_ne!(token, mint.tokens.mint(&SignUp::sample(), now()).unwrap());
}

#[test]
fn missing_and_invalid_claims_are_rejected() {
    let mint = Mint::new();
    let valid = SignUp::payload();
    let verify = |payload: &Value| mint.verify::<SignUp>(&mint.seal(payload)).map(drop);
    assert_eq!(verify(&valid), Ok(()));
    assert_eq!(verify(&without(valid.clone(), "name")), Ok(()));
    assert_eq!(verify(&with(valid.clone(), "later", json!([1]))), Ok(()));

    for claim in ["iss", "sub", "email", "client_id", "iat", "exp"] {
        assert_eq!(
            verify(&without(valid.clone(), claim)),
            Err(TokenRejection::Claims),
            "{claim}"
        );
        for value in [json!(null), json!([7]), json!({}), json!(true)] {
            let invalid = with(valid.clone(), claim, value);
            assert_eq!(verify(&invalid), Err(TokenRejection::Claims), "{invalid}");
        }
    }
    for (claim, value, reason) in [
        ("iss", json!(format!("{ISSUER}/")), TokenRejection::Issuer),
        ("iss", json!(""), TokenRejection::Issuer),
        ("client_id", json!("unknown"), TokenRejection::Client),
        ("email", json!("ada"), TokenRejection::Claims),
        ("name", json!("a\r\nb"), TokenRejection::Claims),
        ("sub", json!("ada"), TokenRejection::Claims),
        ("exp", json!("1767229200"), TokenRejection::Claims),
        ("exp", json!(1e300), TokenRejection::Claims),
        ("exp", json!(-1), TokenRejection::Expired),
        ("exp", json!(now().timestamp()), TokenRejection::Expired),
        (
            "iat",
            json!((now() + seconds(31)).timestamp()),
            TokenRejection::IssuedInFuture,
        ),
    ] {
        let invalid = with(valid.clone(), claim, value);
        assert_eq!(verify(&invalid), Err(reason), "{invalid}");
    }
    for invalid in [json!([valid]), json!("text"), json!(null), json!(7)] {
        assert_eq!(verify(&invalid), Err(TokenRejection::Claims), "{invalid}");
    }
}
