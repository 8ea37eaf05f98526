//! Invalid signatures and alternative encodings.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::fixture::{Mint, Sample, now};
use crate::token::{Access, Refresh};

/// Asserts that every token with an invalid signature or another encoding is `refused`.
pub(crate) fn refuses_signatures<K: Sample>(mint: &Mint, refused: impl Fn(&str) -> bool) {
    let token = mint.tokens.mint(&K::sample(), now()).unwrap();
    refuses_signatures_of(&token, refused);
}

/// Asserts the same for the variants of this valid token.
pub(crate) fn refuses_signatures_of(token: &str, refused: impl Fn(&str) -> bool) {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut flipped = bytes.clone();
    flipped[0] ^= 1;
    for signature in [
        String::new(),
        encode(&bytes[1..]),
        encode(&bytes[..bytes.len() - 1]),
        encode(&[&bytes[..], &[0]].concat()),
        encode(&[&[0], &bytes[..]].concat()),
        encode(&flipped),
        encode(&vec![0; bytes.len()]),
        encode(&vec![0xff; bytes.len()]),
        // DER instead of r‖s.
        encode(
            &[
                &[0x30, 0x44, 2, 0x20],
                &bytes[..32],
                &[2, 0x20],
                &bytes[32..],
            ]
            .concat(),
        ),
        format!("{signature}="),
        format!("{signature}\n"),
        format!(" {signature}"),
        signature.replace(['-', '_'], "+") + "+",
    ] {
        assert!(refused(&format!("{message}.{signature}")), "{signature}");
    }
    for other in [
        message.to_owned(),
        format!("{message}."),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{message}.{signature}.{signature}.{signature}"),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\u{e4}"),
        ".".repeat(8_000),
        "..".to_owned(),
        "....".to_owned(),
        String::new(),
        format!("{{\"protected\":\"{message}\",\"signature\":\"{signature}\"}}"),
    ] {
        assert!(refused(&other), "{other:.80}");
    }
    // Each token has one accepted encoding: the spare bits of the last character must be zero.
    let (all_but_last, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for other in alphabet.chars().filter(|other| !last.contains(*other)) {
        let respelt = format!("{all_but_last}{other}");
        assert!(refused(&respelt), "{other}");
    }
}

#[test]
fn invalid_signatures_and_encodings_are_rejected() {
    for mint in Mint::each() {
        refuses_signatures::<Access>(&mint, |token| mint.verify::<Access>(token).is_err());
    }
    let mint = Mint::new();
    refuses_signatures::<Refresh>(&mint, |token| mint.verify::<Refresh>(token).is_err());
}
