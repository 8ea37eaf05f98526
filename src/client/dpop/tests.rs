//! Thumbprints and settings.

use chrono::TimeDelta;

use super::*;

const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

#[test]
fn thumbprint_is_the_base64url_of_32_bytes() {
    assert_eq!(
        KeyThumbprint::parse(THUMBPRINT).unwrap().as_str().len(),
        KeyThumbprint::LENGTH
    );
    for wrong in [
        "",
        THUMBPRINT.trim_start_matches('0'),
        &format!("{THUMBPRINT}A"),
        "=",
        "\u{e9}",
    ] {
        assert_eq!(
            KeyThumbprint::parse(wrong),
            Err(InvalidThumbprint),
            "{wrong}"
        );
    }
    assert!(KeyThumbprint::parse(&THUMBPRINT.replace('-', "+")).is_err());
}

#[test]
fn unknown_methods_of_confirmation_are_refused() {
    let read = |text: &str| serde_json::from_str::<KeyConfirmation>(text);
    assert!(read(&format!(r#"{{"jkt":"{THUMBPRINT}"}}"#)).is_ok());
    for wrong in [
        "{}".to_owned(),
        r#"{"jkt":"x"}"#.to_owned(),
        format!(r#"{{"x5t#S256":"{THUMBPRINT}"}}"#),
        format!(r#"{{"jkt":"{THUMBPRINT}","x5t#S256":"{THUMBPRINT}"}}"#),
    ] {
        assert!(read(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn required_mode_accepts_only_unbound_tokens_of_the_time_before() {
    let now = DateTime::UNIX_EPOCH;
    let with = |mode, required_from| ClientDpop {
        mode,
        required_from,
        ..ClientDpop::default()
    };
    for mode in [DpopMode::Off, DpopMode::Allowed] {
        assert!(with(mode, None).accepts_unbound(now));
    }
    assert!(!with(DpopMode::Required, None).accepts_unbound(now));
    assert!(!with(DpopMode::Required, Some(now)).accepts_unbound(now));
    let later = now + TimeDelta::seconds(1);
    assert!(with(DpopMode::Required, Some(later)).accepts_unbound(now));
}
