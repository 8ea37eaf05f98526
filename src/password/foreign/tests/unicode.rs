//! Passwords that other systems treat differently: other compositions, more than 72 bytes, NUL and white space.

use super::*;

/// bcrypt 5.0.0, firebase-scrypt 2.2.0, Better Auth 1.7.25.
#[tokio::test]
async fn password_matches_as_it_was_typed_or_in_nfc() {
    let (nfc, nfd) = ("caf\u{e9} creme", "cafe\u{301} creme");
    for (text, right, wrong) in [
        (
            "$2b$04$YG/aRy5C1b6FHz2LJ93GQeNT18fjzGm/qgxCM.ulv52UgQBQGVKGa",
            vec![nfc, nfd],
            vec!["cafe creme"],
        ),
        (
            "$2b$04$IwzWfGQqJsJ3fJ79rshLGeb.NReLciL4GmQCDM9snx7pH.DSVXMre",
            vec![nfd],
            vec![nfc],
        ),
        (
            "2e81e9dee0bbf0fa093f7b4d352fafde:bd7f7fed13bb3b76487082926073bd425de9a9fc24e2fd101252cf170ab838b0335715a0367ff0d50b1924d411b19f6b750b8fde6af0e2176522bfa8c5ed1108",
            vec![
                "\u{fb01}ne caf\u{e9}",
                "\u{fb01}ne cafe\u{301}",
                "fine caf\u{e9}",
            ],
            vec!["fine cafe"],
        ),
    ] {
        assert_checks(text, ForeignHash::parse(text).unwrap(), &right, &wrong).await;
    }
}

/// argon2-cffi 25.1.0: a password in NFD. Each check of an Argon2id hash tries both compositions.
#[tokio::test]
async fn argon2id_of_a_decomposed_password_is_replaced() {
    let text = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$BR+Nwv9TVhs094yT+ozHmTDqtY2bb/RNJPp21x3ighk";
    let hasher = hasher();
    let verifier = store(&hasher, ForeignHash::parse(text).unwrap()).await;
    let checked = check(&hasher, "cafe\u{301} creme", &verifier).await;
    assert_eq!(checked, Ok(PasswordCheck::RightButOutdated));
    let checked = check(&hasher, "caf\u{e9} creme", &verifier).await;
    assert_eq!(checked, Ok(PasswordCheck::Wrong));
}

/// bcrypt 5.0.0 of 72 times `x`.
#[tokio::test]
async fn bcrypt_compares_the_first_72_bytes() {
    let text = "$2b$04$.fKaCRgfWRQwfim2omrM.eXH0UfUSI.4pekDs7F3erKkVjnTRG4g.";
    let [shorter, exact, longer] = [71, 72, 73].map(|length| "x".repeat(length));
    let other = exact.clone() + " and more";
    let hash = ForeignHash::parse(text).unwrap();
    assert_checks(text, hash, &[&exact, &longer, &other], &[&shorter]).await;
}

/// Django 5.2.19, whose `bcrypt_sha256` neither truncates nor stops at NUL.
#[tokio::test]
async fn bcrypt_of_sha256_compares_all_bytes() {
    let text = "bcrypt_sha256$$2b$04$CVW2480aocc5ulPK.C5FuueHOI5KYy95VswWKtWZmrdHmOFDD.W6a";
    let [exact, longer] = [73, 74].map(|length| "x".repeat(length));
    assert_checks(
        text,
        ForeignHash::parse(text).unwrap(),
        &[&exact],
        &[&longer],
    )
    .await;
    let text = "bcrypt_sha256$$2b$04$1m8dGtdyGFGLR4koVDOVr.mUqAY5WQmdBEQYIFn3wyAEfK3as7Q.K";
    assert_checks(
        text,
        ForeignHash::parse(text).unwrap(),
        &["a\0b"],
        &["a", "a\0c"],
    )
    .await;
}

/// A password with a NUL would end at the NUL.
#[tokio::test]
async fn bcrypt_matches_no_password_with_nul() {
    let text = "$2b$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi";
    let hash = ForeignHash::parse(text).unwrap();
    assert_checks(
        text,
        hash,
        &[PASSWORD],
        &["correct horse\0", "correct horse\0x", "\0"],
    )
    .await;
}

/// WordPress removes white space around a password before it is hashed.
#[tokio::test]
async fn white_space_is_trimmed_for_wordpress_only() {
    let padded = ["  correct horse", "correct horse\n", "\tcorrect horse\0"];
    for text in [
        "$wp$2y$04$sJajx5Os0MicTrcJ59fm2OJ7p4e9PgzTNlQtAyrDxAMrGY3pOdYl.",
        "$P$BLtaSC/XEZB2JudclYZhZqMB1yjMpi/",
        "3cb4e732631f47e6eb961f34554b7cde",
    ] {
        let wrong = ["correct  horse", "correct horse\u{a0}"];
        assert_checks(text, ForeignHash::parse(text).unwrap(), &padded, &wrong).await;
    }
    let text = "$2b$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi";
    assert_checks(text, ForeignHash::parse(text).unwrap(), &[], &padded).await;
}
