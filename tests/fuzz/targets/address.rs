//! Addresses: one canonical form, within its limits, for whatever is read as one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::identity::EmailAddress;

fuzz_target!(|text: &str| {
    let Ok(address) = EmailAddress::parse(text) else {
        return;
    };
    let canonical = address.as_str();
    assert_eq!(EmailAddress::parse(canonical), Ok(address.clone()));
    assert!(canonical.len() <= 254 && address.local_part().len() <= 64);
    assert!(
        canonical
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
    );
    assert_eq!(canonical.matches('@').count(), 1);
    // No other mailbox: what stands before the @ is as it was given, case aside.
    let given = text.trim_matches(' ').rsplit_once('@').unwrap().0;
    assert!(given.eq_ignore_ascii_case(address.local_part()));
    assert_eq!(EmailAddress::parse(&text.to_ascii_uppercase()), Ok(address));
});
