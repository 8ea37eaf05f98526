//! Parses emails. Every accepted text has one canonical form within the size limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::identity::EmailAddress;

fuzz_target!(|text: &str| {
    let Ok(email) = EmailAddress::parse(text) else {
        return;
    };
    let canonical = email.as_str();
    assert_eq!(EmailAddress::parse(canonical), Ok(email.clone()));
    assert!(canonical.len() <= 254 && email.local_part().len() <= 64);
    assert!(
        canonical
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
    );
    assert_eq!(canonical.matches('@').count(), 1);
    // The local part is unchanged except for its case, so that the canonical form belongs to the same
    // mailbox.
    let given = text.trim_matches(' ').rsplit_once('@').unwrap().0;
    assert!(given.eq_ignore_ascii_case(email.local_part()));
    assert_eq!(EmailAddress::parse(&text.to_ascii_uppercase()), Ok(email));
});
