//! Logins with password hashes of other systems.

use rstest_reuse::apply;
use signet::{
    network::Network,
    password::{ForeignHash, SealedVerifier},
    sealed_passwords::SealedPasswords,
};

use crate::support::{
    Engine, TestService, both_engines,
    imported::{stored, user_with},
};

const PASSWORD: &str = "correct horse";

/// A hash of [`PASSWORD`] for each stored form, and the start of the form. The vectors are those of the library tests.
const HASHES: &[(&str, &str)] = &[
    (
        "$2b$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi",
        "$2b$04$",
    ),
    (
        "bcrypt_sha256$$2b$04$coSHEQUMbkZl.3eZNZbxyuNRjoGYeYozIMyc5pAmPzEilSYKIQezu",
        "$signet-bcrypt-sha256$2b$04$",
    ),
    (
        "$wp$2y$04$sJajx5Os0MicTrcJ59fm2OJ7p4e9PgzTNlQtAyrDxAMrGY3pOdYl.",
        "$wp$2y$04$",
    ),
    (
        "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$rB84JT5z5pR7npjABPWWPmhej9GHFq2J2QtVNJPtUE0",
        "$argon2i$v=19$",
    ),
    (
        "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$UrmhGLByONQ4UqyOoyEDJO4qRU3ZaB/Tc4DhTcbmPVU",
        "$argon2id$v=16$",
    ),
    (
        "pbkdf2_sha256$1000$saltySaltySalt22charss$wTpDpl7zF+hOqJz74Di1CAcu/VWgFGIsNyI9K1QSQxI=",
        "$pbkdf2-sha256$i=1000,l=32$",
    ),
    (
        "scrypt$16$saltySaltySalt22charss$8$5$kB/P4m7KXmCTSQP6J3LSj+CdwWQ2VUQN5zHpnOfRPovT+/Q15lHYSqO6A2DowHbnJcpan+oBHTsIv59LYzT0CQ==",
        "$scrypt$ln=4,r=8,p=5$",
    ),
    (
        "4011641f5c33ac5309801d0a64db2ad5:f0e10ed2a436b6450185f7d352469043c848908405ffa554e3ca508280eed863e9fc930ebefa2739d5aa9e5aaf0bb303e04e902ca2ea88e41190cf26d513e142",
        "$signet-scrypt-nfkc$ln=14,r=16,p=1$",
    ),
    (
        "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/",
        "$6$saltstring$",
    ),
    (
        "$P$BLtaSC/XEZB2JudclYZhZqMB1yjMpi/",
        "$signet-wrapped$P$BLtaSC/XE$argon2id$v=19$",
    ),
    (
        "{SSHA}jsvaFW6IFAH+FugEmd6LE3NC9nsH4DzH",
        "$signet-wrapped$signet-digest$h=sha1,",
    ),
    (
        "$hmac-md5$OWJjNjEwM2U1Y2M4OGM4MWVhOWRhNGRhMjUyZDhiM2U=$a2V5",
        "$signet-wrapped$signet-hmac$h=md5$",
    ),
    (
        "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80",
        "$signet-wrapped$1$abcdefgh$argon2id$v=19$",
    ),
    (FIREBASE, "$signet-sealed$m20260101T000000Z."),
];

const FIREBASE: &str = "$fbscrypt$v=1,n=4,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$JTg/o0DD06Ss2GMn/PvNHYeZYJYh9wiZ+fEwzYDptLnSOmLJ9a5lDpSQfTfOTApI4Wow6aogZOQ93egJ5UiQ6A==";

/// bcrypt of [`PASSWORD`] and `pepper`.
const PEPPERED: &str = "$2b$04$0jqywF/lHlmxZRC/btISKektVL3TvN9QK9op76M8y6g9ZulXXsbM.";

#[apply(both_engines)]
#[tokio::test]
async fn first_login_replaces_the_hash_of_another_system(engine: Engine) {
    let service = TestService::on(engine).await;
    for (number, (text, start)) in HASHES.iter().enumerate() {
        let email = format!("ada{number}@example.com");
        let hash = ForeignHash::parse(text).unwrap();
        let verifier = user_with(&service, &email, hash).await;
        assert!(
            verifier.expose().starts_with(start),
            "{:?}",
            verifier.expose()
        );

        let wrong = service.anon().log_in(&email, "correct horsf").await;
        wrong.assert_status(401);
        assert_eq!(stored(&service, &email).await, verifier, "{text}");
        let right = service.anon().log_in(&email, PASSWORD).await;
        right.assert_status(200);
        let replaced = stored(&service, &email).await;
        let own = "$argon2id$v=19$m=8,t=1,p=1$";
        assert!(replaced.expose().starts_with(own), "{text}");
        let again = service.anon().log_in(&email, PASSWORD).await;
        again.assert_status(200);
        assert_eq!(stored(&service, &email).await, replaced, "{text}");
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn sealed_parameters_are_sealed_again_by_another_secret(engine: Engine) {
    let service = TestService::on(engine).await;
    let peppered = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    let before = [
        user_with(&service, "ada@example.com", peppered).await,
        user_with(
            &service,
            "bob@example.com",
            ForeignHash::parse(FIREBASE).unwrap(),
        )
        .await,
    ];
    // This user has nothing sealed.
    service.signed_up("eve@example.com").await;
    let passwords = SealedPasswords {
        store: service.app.store.clone(),
        tokens: service.app.tokens.clone(),
    };
    let now = service.clock.now();
    let report = passwords.reseal(now).await.unwrap();
    assert_eq!(
        (report.found, report.resealed, report.unreadable),
        (2, 0, 0)
    );

    service.clock.advance(chrono::TimeDelta::days(1));
    let now = service.clock.now();
    service.rotate(now).await;
    let report = passwords.reseal(now).await.unwrap();
    assert_eq!(
        (report.found, report.resealed, report.unreadable),
        (2, 2, 0)
    );
    for (email, before) in ["ada@example.com", "bob@example.com"].iter().zip(before) {
        let after = stored(&service, email).await;
        assert_ne!(after, before);
        let sealed = SealedVerifier::parse(&after).unwrap();
        assert!(sealed.sealed().starts_with("m20260102T000000Z."));
        service
            .anon()
            .log_in(email, PASSWORD)
            .await
            .assert_status(200);
    }
    let report = passwords.reseal(now).await.unwrap();
    assert_eq!(report.found, 0);
}

/// The file of the secret that has sealed the parameters is lost.
#[tokio::test]
async fn lost_secret_of_a_password_is_a_fault_of_the_service() {
    let service = TestService::new().await;
    let other = TestService::new().await;
    other.clock.advance(chrono::TimeDelta::days(1));
    other.rotate(other.clock.now()).await;
    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    let place = other.app.hasher.reserve(Network::UNKNOWN).unwrap();
    let verifier = hash.into_verifier(&place).await.unwrap();
    // A sealed verifier is stored as it is.
    let same = ForeignHash::parse(verifier.expose()).unwrap();
    assert_eq!(user_with(&service, "ada@example.com", same).await, verifier);
    let login = service.anon().log_in("ada@example.com", PASSWORD).await;
    login.assert_status(503);
    let passwords = SealedPasswords {
        store: service.app.store.clone(),
        tokens: service.app.tokens.clone(),
    };
    let report = passwords.reseal(service.clock.now()).await.unwrap();
    assert_eq!(
        (report.found, report.resealed, report.unreadable),
        (1, 0, 1)
    );
}
