//! Hashes of [`PASSWORD`] that the libraries of other systems made.

use super::*;

/// The source of each vector and its text. The weak ones have `!` before the source.
const VECTORS: &[(&str, &str)] = &[
    // The packages bcrypt 5.0.0 and bcryptjs 3.0.3.
    (
        "bcrypt",
        "$2a$04$pTkZZG0h5gsd7Vo2BJ5AQu3THF9QcmcAJ13OSk37lZ.KmxRd0kxhy",
    ),
    (
        "bcrypt",
        "$2b$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi",
    ),
    (
        "bcrypt",
        "$2y$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi",
    ),
    (
        "bcryptjs",
        "$2b$04$BN8uUUEN9KxdsIwwn.O8zuyN9NNbxRDTvml3ex0NEVtImtQ8MebQK",
    ),
    // argon2-cffi 25.1.0.
    (
        "argon2i 1.0",
        "$argon2i$v=16$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1Z2Yard74fm6b7ad3ZXPpY9ZFBZ56e0Td+ZQ0ZTn2S8",
    ),
    (
        "argon2i 1.0",
        "$argon2i$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$1Z2Yard74fm6b7ad3ZXPpY9ZFBZ56e0Td+ZQ0ZTn2S8",
    ),
    (
        "argon2i",
        "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$rB84JT5z5pR7npjABPWWPmhej9GHFq2J2QtVNJPtUE0",
    ),
    (
        "argon2d 1.0",
        "$argon2d$v=16$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$bGrKpsWinAgWVx1N9dw0W9wdheTDyZdmdzqePvnXVTE",
    ),
    (
        "argon2d",
        "$argon2d$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$vm9PBKKXIFC2hCDr+bLmQRD8t/tl1f7SeTHOSs4mWuo",
    ),
    (
        "argon2id 1.0",
        "$argon2id$v=16$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$UrmhGLByONQ4UqyOoyEDJO4qRU3ZaB/Tc4DhTcbmPVU",
    ),
    // Django 5.2.19, with its classes of hashers and fewer rounds.
    (
        "Django",
        "pbkdf2_sha256$1000$saltySaltySalt22charss$wTpDpl7zF+hOqJz74Di1CAcu/VWgFGIsNyI9K1QSQxI=",
    ),
    (
        "Django",
        "pbkdf2_sha1$1000$saltySaltySalt22charss$F6PS42EwH2uTzIy8by/bqmOrnyQ=",
    ),
    (
        "Django",
        "bcrypt_sha256$$2b$04$coSHEQUMbkZl.3eZNZbxyuNRjoGYeYozIMyc5pAmPzEilSYKIQezu",
    ),
    (
        "Django",
        "bcrypt$$2b$04$zNOYwTTeBmMf5vsHPlNYfuWuH53Ax/Ku6HYLD682pQ33Xwvjc0NaW",
    ),
    (
        "Django",
        "scrypt$16$saltySaltySalt22charss$8$5$kB/P4m7KXmCTSQP6J3LSj+CdwWQ2VUQN5zHpnOfRPovT+/Q15lHYSqO6A2DowHbnJcpan+oBHTsIv59LYzT0CQ==",
    ),
    (
        "!Django",
        "md5$saltySaltySalt$bb0e78915852630e47f4377cc464b146",
    ),
    // The construction of wp_hash_password() of WordPress 6.8, over bcrypt 5.0.0; wordpress-hash-node 1.0.0; hashlib.
    (
        "WordPress",
        "$wp$2y$04$sJajx5Os0MicTrcJ59fm2OJ7p4e9PgzTNlQtAyrDxAMrGY3pOdYl.",
    ),
    ("!WordPress", "$P$BLtaSC/XEZB2JudclYZhZqMB1yjMpi/"),
    ("!WordPress", "3cb4e732631f47e6eb961f34554b7cde"),
    // Better Auth 1.7.25, `hashPassword`.
    (
        "Better Auth",
        "4011641f5c33ac5309801d0a64db2ad5:f0e10ed2a436b6450185f7d352469043c848908405ffa554e3ca508280eed863e9fc930ebefa2739d5aa9e5aaf0bb303e04e902ca2ea88e41190cf26d513e142",
    ),
    // passlib 1.7.4.
    (
        "passlib",
        "$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
    ),
    (
        "passlib",
        "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/",
    ),
    ("!passlib", "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"),
    ("!passlib", "$P$6QSWeV/bdp39hoeZlFkGT8dXPJ6Bvo/"),
    ("!passlib", "$H$6GbmEIXO1ZRA65OTPRV0fo8hoZDYmU."),
    ("!passlib", "{SSHA}jsvaFW6IFAH+FugEmd6LE3NC9nsH4DzH"),
    (
        "!passlib",
        "{SSHA256}ZKp5MvjirNpnAJ6UYPB3vpGl+cyqkjZHtj/s92Fog+3zHoNw7r2Xsg==",
    ),
    (
        "!passlib",
        "{SSHA512}qBnByIIXPBOyJixma885krr4HgLbsDHhmXyhYuXDqmMaw1laKydnwknb8Zq/0kUg1KkdKJ0cvSRyb+xK/KlNhCPkHKNUytlb",
    ),
    // The texts of Kratos over Python 3's hashlib and hmac.
    (
        "Kratos",
        "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
    ),
    (
        "Kratos",
        "$scrypt$ln=1024,r=8,p=1$AAECAwQFBgcICQoLDA0ODw==$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE=",
    ),
    (
        "!Kratos",
        "$pbkdf2-sha256$i=1,l=32$AAECAwQFBgcICQoLDA0ODw$xRmfUtCV8Duyes57OFcRmZxn7Eqs0PKYpto2zkdSDa8",
    ),
    (
        "!Django",
        "pbkdf2_sha1$999$salt$jmTpymF+kvBAto94L0pulCHrfsXTwuNu1qf9+gHwHalmKr+K5EXHOxRQpo8BLmqp02zzcskyWsFIe8hJqunbHQ==",
    ),
    (
        "PHC",
        "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE",
    ),
    (
        "Kratos",
        "$sha256-crypt$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC",
    ),
    ("!Kratos", "$md5-crypt$abcdefgh$y6iHhJNbuC0xpbk0w9pm80"),
    ("!Kratos", "$md5$PLTnMmMfR+brlh80VUt83g=="),
    (
        "!Kratos",
        "$md5$pf=e1NBTFR9JCR7UEFTU1dPUkR9LXtTQUxUfQ==$AAECAwQFBgcICQoLDA0ODw==$ITw/11uWJ3x7Ltme9jHxsg==",
    ),
    (
        "!Kratos",
        "$sha1$pf=e1NBTFR9JCR7UEFTU1dPUkR9LXtTQUxUfQ==$AAECAwQFBgcICQoLDA0ODw==$zSI0VLAoDd7JD6fh/qjdq9AlaRY=",
    ),
    (
        "!Kratos",
        "$sha256$pf=e1NBTFR9JCR7UEFTU1dPUkR9LXtTQUxUfQ==$AAECAwQFBgcICQoLDA0ODw==$7/bpscAW8YA+Fe+0QCHb3+Z+IRAqJkxsJx8KkGVgbwo=",
    ),
    (
        "!Kratos",
        "$sha512$pf=e1NBTFR9JCR7UEFTU1dPUkR9LXtTQUxUfQ==$AAECAwQFBgcICQoLDA0ODw==$URW8o+OWUeyzvLRrgNjGBP3bH+aTpl3cSrHwWj1Al4pmuPlZiQCigoKi3G6UApN8cjQG6bRBbdenG+ViLZhjkw==",
    ),
    (
        "!Kratos",
        "$hmac-md5$OWJjNjEwM2U1Y2M4OGM4MWVhOWRhNGRhMjUyZDhiM2U=$a2V5",
    ),
    (
        "!Kratos",
        "$hmac-sha1$YjM2Yjk0NGY1MDMzZjBmYTk3NjdiNmJiMjBiZjlmN2IwNzVmNGViYQ==$a2V5",
    ),
    (
        "!Kratos",
        "$hmac-sha224$NGY5M2NiMWE1ZDcwNDJkOWRlZjZiMWNiNjQzMWZiMjY5NjdkYjIwNjA4YzYzNDg0MWE3ZjJmMTg=$a2V5",
    ),
    (
        "!Kratos",
        "$hmac-sha384$MGM2Yjc5ZGViMDJmYjMyMGRmM2JjNGRhNmY3YmM0ODU0ODE3YjBhMjdhZmRjOGQwMjJmNjZmMjVmYjk2ZTJkMTJmZjA0MzM3ODhkZjU4NjY0YzJlYThmN2I5MGMyZjY0$a2V5",
    ),
    (
        "!Kratos",
        "$hmac-sha512$MTZjYzRmOTU5YWE1MzM4ZDExMzhhZDVkMjM0MGY2Y2U2ZmQ5MTdmYTkyYWNjMTUzMzMxYmZkOWMzMDM1YWZkNjY1NDk3MTJlYzBjMTA4YzJmNWE1MDVhYTgzM2M2NmIzMWZjODk2MGQ1ZmU1ZmFiZWRiYzdlM2ZkNTIwNWY1YWU=$a2V5",
    ),
    // A key longer than a block of SHA-256.
    (
        "!Kratos",
        "$hmac-sha256$MGZhMjBiOWVmNTg5OThlNzk4Njg3YmI1ODNjYTdiYTVlODU2MGJhNzlkZTAyYTdlYjA5ZjdiZjgzNGRjNTJkMg==$a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2traw==",
    ),
    // firebase-scrypt 2.2.0, as Supabase and Kratos store its parameters.
    (
        "Supabase",
        "$fbscrypt$v=1,n=4,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$JTg/o0DD06Ss2GMn/PvNHYeZYJYh9wiZ+fEwzYDptLnSOmLJ9a5lDpSQfTfOTApI4Wow6aogZOQ93egJ5UiQ6A==",
    ),
    (
        "Kratos",
        "$firescrypt$ln=4,r=8,p=1$42xEC+ixf3L2lw==$JTg/o0DD06Ss2GMn/PvNHYeZYJYh9wiZ+fEwzYDptLnSOmLJ9a5lDpSQfTfOTApI4Wow6aogZOQ93egJ5UiQ6A==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
    ),
];

#[tokio::test]
async fn hashes_of_other_systems_match_their_password_only() {
    for (source, text) in VECTORS {
        let hash = ForeignHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(hash.is_weak(), source.starts_with('!'), "{text}");
        let wrong = [
            "correct horsf",
            "Correct horse",
            "c",
            "correct horse\u{301}",
        ];
        assert_checks(text, hash, &[PASSWORD], &wrong).await;
    }
}

/// Argon2id of version 1.3 is a form of the service itself, which the login replaces if its cost is too low.
#[tokio::test]
async fn argon2id_is_stored_as_it_is() {
    for (text, stored) in [
        // argon2 0.45.1 for Node.js, which orders the parameters differently.
        (
            "$argon2id$v=19$m=1024,p=1,t=2$hoMYO0W7VwTptNkD12gA2Q$JyBl92TMo1Q6RQleMpEFbA7O8+mPl0bQbYKvRKg3jJ4",
            "$argon2id$v=19$m=1024,t=2,p=1$hoMYO0W7VwTptNkD12gA2Q$JyBl92TMo1Q6RQleMpEFbA7O8+mPl0bQbYKvRKg3jJ4",
        ),
        // Django 5.2.19.
        (
            "argon2$argon2id$v=19$m=64,t=2,p=2$c2FsdHlTYWx0eVNhbHQyMmNoYXJzcw$T/8HDlvenMGxHsDD66fdZfgwI+0/6tMP3LSKfnfW5is",
            "$argon2id$v=19$m=64,t=2,p=2$c2FsdHlTYWx0eVNhbHQyMmNoYXJzcw$T/8HDlvenMGxHsDD66fdZfgwI+0/6tMP3LSKfnfW5is",
        ),
    ] {
        let hasher = hasher();
        let verifier = store(&hasher, ForeignHash::parse(text).unwrap()).await;
        assert_eq!(verifier.expose(), stored);
        let right = check(&hasher, PASSWORD, &verifier).await;
        assert_eq!(right, Ok(PasswordCheck::Right), "{text}");
        let wrong = check(&hasher, "correct horsf", &verifier).await;
        assert_eq!(wrong, Ok(PasswordCheck::Wrong), "{text}");
    }
}

/// passlib 1.7.4: passwords and salts longer than a block, and stated rounds.
#[tokio::test]
async fn crypt_of_long_passwords_matches() {
    for (password, text) in [
        (
            "a somewhat longer passphrase than one block of the hash function, \u{e9}",
            "$5$rounds=1200$saltstringsaltst$uzXMEEE4qayozw9ItB.JIv3Plle3Z0OQBWHh4fjCNZ9",
        ),
        (
            "a somewhat longer passphrase than one block of the hash function, which takes 128 bytes in SHA-512, \
             so it takes even more than this \u{e9}",
            "$6$rounds=1200$saltstringsaltst$rtVd57WgkDPRSiqtXStUo/1PjmMp4XDyQlcgNhbEdPZEQ3elQg6Tf8A8wZe2Wx8aBN0HPV4cYLiJu0US.xiv.1",
        ),
    ] {
        let hash = ForeignHash::parse(text).unwrap();
        assert_checks(text, hash, &[password], &[PASSWORD]).await;
    }
}

#[tokio::test]
async fn other_texts_are_unusable() {
    let hasher = hasher();
    for text in [
        "",
        "$",
        "nonsense",
        "!",
        // A weak hash is never stored as it is, so it is not compared as it is.
        "3cb4e732631f47e6eb961f34554b7cde",
        "{SSHA}jsvaFW6IFAH+FugEmd6LE3NC9nsH4DzH",
        "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80",
        "$P$BLtaSC/XEZB2JudclYZhZqMB1yjMpi/",
    ] {
        let verifier = StoredVerifier::new(text.to_owned());
        let checked = check(&hasher, PASSWORD, &verifier).await;
        assert_eq!(checked, Ok(PasswordCheck::Unusable), "{text}");
    }
}
