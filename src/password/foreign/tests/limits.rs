//! Texts that are refused, and their reasons.

use super::*;

const BCRYPT_END: &str = "$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi";
const DIGEST: &str = "yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ";

#[test]
fn excessive_parameters_are_refused() {
    for text in [
        format!("$2b$15{BCRYPT_END}"),
        format!("$2b$31{BCRYPT_END}"),
        format!("$2b$32{BCRYPT_END}"),
        format!("$2b$03{BCRYPT_END}"),
        format!("$2b$99999999999{BCRYPT_END}"),
        format!("$wp$2y$31{BCRYPT_END}"),
        format!("bcrypt_sha256$$2b$31{BCRYPT_END}"),
        format!("$pbkdf2-sha256$i=2000001$c2FsdA${DIGEST}"),
        format!("$pbkdf2-sha256$i=0$c2FsdA${DIGEST}"),
        format!("$pbkdf2-sha256$i=4294967296$c2FsdA${DIGEST}"),
        format!("pbkdf2_sha256$2000001$salt${DIGEST}="),
        format!("$scrypt$ln=18,r=8,p=1$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=17,r=8,p=2$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=63,r=1,p=1$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=1,r=4294967295,p=4294967295$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=0,r=1,p=1$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=1,r=0,p=1$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=16385,r=8,p=1$c2FsdA${DIGEST}"),
        format!("scrypt$262144$salt$8$1${DIGEST}="),
        format!("$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2id$v=19$m=1048576,t=21,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2i$v=19$m=64,t=65,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2i$v=19$m=64,t=0,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2i$v=19$m=4096,t=1,p=256$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2i$v=19$m=8,t=1,p=2$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2d$v=19$m=64,t=1,p=1$c2FsdA${DIGEST}"),
        "$5$rounds=1000001$salt$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC".to_owned(),
        "$5$rounds=999$salt$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC".to_owned(),
        "$P$JLtaSC/XEZB2JudclYZhZqMB1yjMpi/".to_owned(),
        "$fbscrypt$v=1,n=40,r=8,p=1,ss=Bw==,sk=AAAAAAAAAAAAAAAAAAAAAAAA$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        format!("$signet-wrapped$1$abcdefgh$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$signet-sealed$m1.00$2b$31{BCRYPT_END}"),
    ] {
        assert_eq!(refusal(&text), Some(HashRefusal::HashParameters), "{text}");
    }
}

#[test]
fn parameters_at_the_limits_are_accepted() {
    for text in [
        format!("$2b$14{BCRYPT_END}"),
        format!("$pbkdf2-sha512$i=2000000$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=17,r=8,p=1$c2FsdA${DIGEST}"),
        format!("$scrypt$ln=131072,r=8,p=1$c2FsdA${DIGEST}"),
        format!("$argon2id$v=19$m=1048576,t=20,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2id$v=19$m=262144,t=64,p=16$c29tZXNhbHQ${DIGEST}"),
    ] {
        assert_eq!(refusal(&text), None, "{text}");
    }
}

#[test]
fn malformed_texts_are_refused() {
    for text in [
        "$2b$10$short".to_owned(),
        "$2b$x$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi".to_owned(),
        format!("$2b$10{BCRYPT_END}x"),
        format!("$2b$10$\u{e9}{}", BCRYPT_END.trim_start_matches("$Rm")),
        format!("$2b$10{BCRYPT_END}$"),
        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ".to_owned(),
        format!("$argon2id$v=19$m=64,m=64,t=2,p=1$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2id$v=19$m=64,t=2,p=1,keyid=AA$c29tZXNhbHQ${DIGEST}"),
        format!("$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHQ${DIGEST}"),
        // A short digest matches too many passwords, and an empty one all.
        "$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHQ$AAAA".to_owned(),
        "$pbkdf2-sha256$i=1000$c2FsdA$".to_owned(),
        "$pbkdf2-sha256$i=1000$c2FsdA$AAAA".to_owned(),
        format!("$pbkdf2-sha256$i=1000,l=31$c2FsdA${DIGEST}"),
        format!("$pbkdf2-sha256$i=1000,x=1$c2FsdA${DIGEST}"),
        "$scrypt$ln=4,r=8,p=1$c2FsdA$".to_owned(),
        format!("pbkdf2_sha256$1000${DIGEST}"),
        "pbkdf2_sha256$1000$salt$".to_owned(),
        "$md5$".to_owned(),
        // A template without the password would match every password.
        "$md5$pf=e1NBTFR9$c2FsdA==$PLTnMmMfR+brlh80VUt83g==".to_owned(),
        "$sha256$PLTnMmMfR+brlh80VUt83g==".to_owned(),
        "$hmac-sha256$AAAA$a2V5".to_owned(),
        "{SSHA}AAAA".to_owned(),
        "{SHA}jsvaFW6IFAH+FugEmd6LE3NC9nsH4DzH".to_owned(),
        "$P$BLtaSC/XEZB2JudclYZhZqMB1yjMpi".to_owned(),
        "$1$toolongsalt$y6iHhJNbuC0xpbk0w9pm80".to_owned(),
        "$5$salt$short".to_owned(),
        "00:00".to_owned(),
        "zz:zz".to_owned(),
        "$fbscrypt$v=1,n=4,r=8,p=1,sk=AAAA$AAAA$AAAAAAAA".to_owned(),
        "$signet-wrapped$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80".to_owned(),
        // Only a weak scheme is wrapped.
        format!("$signet-wrapped$5$salt$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ${DIGEST}"),
        "x".repeat(4097),
    ] {
        assert_eq!(refusal(&text), Some(HashRefusal::Malformed), "{text}");
    }
}

#[test]
fn other_schemes_are_unknown() {
    for text in [
        "",
        "!",
        "!abcdef",
        "password",
        "$",
        "$$",
        "$2x$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi",
        "$2$04$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi",
        // Kratos means SHA-3 by these.
        "$pbkdf2-sha224$i=1000,l=32$c2FsdA$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
        "$pbkdf2-sha384$i=1000,l=32$c2FsdA$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
        "$argon2id$v=17$m=64,t=2,p=1$c29tZXNhbHQ$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
        "$argon2x$v=19$m=64,t=2,p=1$c29tZXNhbHQ$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
        "$hmac-md4$AAAA$AAAA",
        "$S$DeZBx3X3Ty1vVmD1dzYvnMxSPdZ8fLV1xjXbqfIbR6Kj1dHpF1Hh",
        "{CRYPT}x",
        "{PBKDF2}x",
        "crypt$$ab",
        "$fbscrypt$v=2,n=4,r=8,p=1,sk=AAAA$AAAA$AAAA",
        "zcb4e732631f47e6eb961f34554b7cde",
    ] {
        assert_eq!(refusal(text), Some(HashRefusal::UnknownHash), "{text}");
    }
}
