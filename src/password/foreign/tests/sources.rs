//! Keycloak, ASP.NET Core Identity, Auth0 and Firebase, whose hashes are no texts that describe themselves.

use super::*;

const WRONG: &[&str] = &["correct horsf", "x"];

/// PBKDF2 with 1000 iterations, the salt 00…0f and 64 bytes, by Python 3's hashlib; argon2-cffi 25.1.0.
#[tokio::test]
async fn keycloak() {
    let argon2 = r#"{"hashIterations":2,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["64"],
        "type":["id"],"version":["1.0"],"parallelism":["1"]}}"#;
    let pbkdf2 = |name| {
        format!(r#"{{"hashIterations":1000,"algorithm":"{name}","additionalParameters":{{}}}}"#)
    };
    let salt = "AAECAwQFBgcICQoLDA0ODw==";
    for (data, salt, value) in [
        (
            pbkdf2("pbkdf2"),
            salt,
            "ndhWw3a4srcTtr4HQFTLiKRlVuARheqNDSZ/M5xlIWnV8dW5o4FxWW4SX6V6pwPMFQrFliwwmyqHNSBeApSZPA==",
        ),
        (
            pbkdf2("pbkdf2-sha256"),
            salt,
            "yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQVykgYqFUkGDPSqmamlmDo91gX1JZ69LgWiJuFkmT+UQ==",
        ),
        (
            pbkdf2("pbkdf2-sha512"),
            salt,
            "Xpx07WjVx4vCIvrmBRj8uOoVVtGqJqtUv2J5bhizSQs7osCteF7W4A61dZDqSIqQjO+dxO6p5FT/Uy7QRBXSXA==",
        ),
        (
            argon2.to_owned(),
            "c29tZXNhbHRzb21lc2FsdA==",
            "UrmhGLByONQ4UqyOoyEDJO4qRU3ZaB/Tc4DhTcbmPVU=",
        ),
    ] {
        let secret =
            format!(r#"{{"value":"{value}","salt":"{salt}","additionalParameters":{{}}}}"#);
        let hash = ForeignHash::keycloak(&secret, &data).unwrap();
        assert!(!hash.is_weak(), "{data}");
        assert_checks(&data, hash, &[PASSWORD], WRONG).await;
    }
    let refused = |secret, data: &str| ForeignHash::keycloak(secret, data).err();
    let secret = r#"{"value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA","salt":"AAAA"}"#;
    for (data, reason) in [
        (pbkdf2("pbkdf2-sha384"), HashRefusal::UnknownHash),
        (pbkdf2("bcrypt"), HashRefusal::UnknownHash),
        (
            pbkdf2("pbkdf2").replace("1000", "2000001"),
            HashRefusal::HashParameters,
        ),
        (
            pbkdf2("pbkdf2").replace("1000", "0"),
            HashRefusal::HashParameters,
        ),
        (pbkdf2("argon2"), HashRefusal::Malformed),
        (
            argon2.replace("[\"64\"]", "[\"1048577\"]"),
            HashRefusal::HashParameters,
        ),
        (argon2.replace("\"id\"", "\"x\""), HashRefusal::UnknownHash),
        ("{}".to_owned(), HashRefusal::Malformed),
    ] {
        assert_eq!(refused(secret, &data), Some(reason), "{data}");
    }
    for secret in [
        "",
        "[]",
        "{\"value\":\"\",\"salt\":\"\"}",
        "{\"value\":\"*\",\"salt\":\"\"}",
    ] {
        let data = pbkdf2("pbkdf2");
        assert_eq!(
            refused(secret, &data),
            Some(HashRefusal::Malformed),
            "{secret}"
        );
    }
}

/// The formats of `PasswordHasher` of ASP.NET Core, over PBKDF2 of Python 3's hashlib.
#[tokio::test]
async fn aspnet() {
    for text in [
        "AAABAgMEBQYHCAkKCwwNDg+d2FbDdriytxO2vgdAVMuIpGVW4BGF6o0NJn8znGUhaQ==",
        "AQAAAAAAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg+d2FbDdriytxO2vgdAVMuIpGVW4BGF6o0NJn8znGUhaQ==",
        "AQAAAAEAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg/JFMxPBsxuj0bRV+Ohtap6vO67F7sERM1MSsFsoq6YZA==",
        "AQAAAAIAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg9enHTtaNXHi8Ii+uYFGPy46hVW0aomq1S/YnluGLNJCw==",
    ] {
        let hash = ForeignHash::aspnet(text).unwrap();
        assert!(!hash.is_weak(), "{text}");
        assert_checks(text, hash, &[PASSWORD], WRONG).await;
    }
    for (text, reason) in [
        ("", HashRefusal::Malformed),
        ("*", HashRefusal::Malformed),
        ("AAAA", HashRefusal::Malformed),
        ("AQAA", HashRefusal::Malformed),
        // A salt of 4 GiB.
        ("AQAAAAEAAAPo/////wAA", HashRefusal::Malformed),
        ("AgAA", HashRefusal::UnknownHash),
        // The function 3.
        (
            "AQAAAAMAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg+d2FbDdriytxO2vgdAVMuIpGVW4BGF6o0NJn8znGUhaQ==",
            HashRefusal::UnknownHash,
        ),
        // 4,294,967,295 iterations.
        (
            "AQAAAAH/////AAAAEAABAgMEBQYHCAkKCwwNDg+d2FbDdriytxO2vgdAVMuIpGVW4BGF6o0NJn8znGUhaQ==",
            HashRefusal::HashParameters,
        ),
    ] {
        assert_eq!(ForeignHash::aspnet(text).err(), Some(reason), "{text}");
    }
}

/// The schema of Auth0's import, over Python 3's hashlib and hmac and passlib 1.7.4.
#[tokio::test]
async fn auth0_custom() {
    let md5 = "3cb4e732631f47e6eb961f34554b7cde";
    let django = "bb0e78915852630e47f4377cc464b146";
    let hmac = "955ca3bd5be9681f0de4e366f1d33a17f77dde1ef64f2394b5f939aad39dbe26";
    for (json, is_weak) in [
        (format!(r#"{{"algorithm":"md5","hash":{{"value":"{md5}","encoding":"hex"}}}}"#), true),
        (format!(r#"{{"algorithm":"md5","hash":{{"value":"{django}","encoding":"hex"}},"salt":{{"value":"saltySaltySalt","position":"prefix"}}}}"#), true),
        (format!(r#"{{"algorithm":"hmac","hash":{{"value":"{hmac}","encoding":"hex","digest":"sha256","key":{{"value":"key","encoding":"utf8"}}}}}}"#), true),
        (r#"{"algorithm":"ldap","hash":{"value":"{SSHA}jsvaFW6IFAH+FugEmd6LE3NC9nsH4DzH","encoding":"utf8"}}"#.to_owned(), true),
        (r#"{"algorithm":"bcrypt","hash":{"value":"$2a$04$pTkZZG0h5gsd7Vo2BJ5AQu3THF9QcmcAJ13OSk37lZ.KmxRd0kxhy"}}"#.to_owned(), false),
        (r#"{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ","encoding":"utf8"}}"#.to_owned(), false),
        (r#"{"algorithm":"argon2","hash":{"value":"$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$rB84JT5z5pR7npjABPWWPmhej9GHFq2J2QtVNJPtUE0"},"password":{"encoding":"utf8"}}"#.to_owned(), false),
        (r#"{"algorithm":"scrypt","hash":{"value":"nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE=","encoding":"base64"},"salt":{"value":"000102030405060708090a0b0c0d0e0f","encoding":"hex"},"keylen":32,"cost":1024,"blockSize":8,"parallelization":1}"#.to_owned(), false),
    ] {
        let hash = ForeignHash::auth0_custom(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(hash.is_weak(), is_weak, "{json}");
        assert_checks(&json, hash, &[PASSWORD], WRONG).await;
    }
    for (json, reason) in [
        (
            r#"{"algorithm":"md4","hash":{"value":"00","encoding":"hex"}}"#,
            HashRefusal::UnknownHash,
        ),
        (
            r#"{"algorithm":"md5","hash":{"value":"00","encoding":"hex"}}"#,
            HashRefusal::Malformed,
        ),
        (
            r#"{"algorithm":"md5","hash":{"value":"00","encoding":"utf16le"}}"#,
            HashRefusal::UnknownHash,
        ),
        (
            r#"{"algorithm":"md5","hash":{"value":"00"},"password":{"encoding":"utf16le"}}"#,
            HashRefusal::UnknownHash,
        ),
        (
            r#"{"algorithm":"md5","hash":{"value":"00"},"iterations":3}"#,
            HashRefusal::Malformed,
        ),
        (
            r#"{"algorithm":"scrypt","hash":{"value":"nfkj3u1fRTHCea+fVr03sQ==","encoding":"base64"},"salt":{"value":"x"},"cost":4294967295}"#,
            HashRefusal::HashParameters,
        ),
        (
            r#"{"algorithm":"scrypt","hash":{"value":"nfkj3u1fRTHCea+fVr03sQ==","encoding":"base64"},"salt":{"value":"x"},"cost":1048576}"#,
            HashRefusal::HashParameters,
        ),
        ("[]", HashRefusal::Malformed),
        ("", HashRefusal::Malformed),
    ] {
        assert_eq!(
            ForeignHash::auth0_custom(json).err(),
            Some(reason),
            "{json}"
        );
    }
}

/// The parameters and the first vector of the README of firebase/scrypt; the others by firebase-scrypt 2.2.0.
#[tokio::test]
async fn firebase() {
    let text = "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,\n  \
                base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n";
    let json = r#"{"algorithm": "SCRYPT", "base64_signer_key": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
        "base64_salt_separator": "Bw==", "rounds": 8, "mem_cost": 4}"#;
    let salt = "42xEC+ixf3L2lw==";
    for (config, password, hash) in [
        (
            text,
            "user1password",
            "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        ),
        (
            json,
            PASSWORD,
            "JTg/o0DD06Ss2GMn/PvNHYeZYJYh9wiZ+fEwzYDptLnSOmLJ9a5lDpSQfTfOTApI4Wow6aogZOQ93egJ5UiQ6A==",
        ),
    ] {
        let parameters = FirebaseParameters::parse(config).unwrap();
        let read = ForeignHash::firebase(&parameters, salt, hash).unwrap();
        assert_checks(hash, read, &[password], WRONG).await;
    }
    let parameters = FirebaseParameters::parse(json).unwrap();
    for (salt, hash) in [(salt, ""), (salt, "AAAA"), ("*", "AAAA"), (salt, "*")] {
        let refused = ForeignHash::firebase(&parameters, salt, hash).err();
        assert_eq!(refused, Some(HashRefusal::Malformed), "{salt} {hash}");
    }
    for (config, expected) in [
        (json.replace("SCRYPT", "BCRYPT"), "algorithm must be SCRYPT"),
        (json.replace("rounds", "turns"), "rounds is missing"),
        (
            json.replace("\"mem_cost\": 4", "\"mem_cost\": 40"),
            "mem_cost must be within 128 MiB of memory together with rounds",
        ),
        (
            json.replace("\"mem_cost\": 4", "\"mem_cost\": x"),
            "mem_cost must be a number",
        ),
        (
            json.replace("Bw==", "*"),
            "base64_salt_separator must be base64",
        ),
        (String::new(), "algorithm is missing"),
    ] {
        let error = FirebaseParameters::parse(&config).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
