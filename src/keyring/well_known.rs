//! Keys and secrets that the whole world has. Whoever starts with one has none.

/// Secrets, as base64url of their bytes.
const SECRETS: &[&str] = &[
    // RFC 7515 appendix A.1.
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    // RFC 7520 §3.5.
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
];

/// Keys, by thumbprint.
const KEYS: &[&str] = &[
    // RFC 7515 appendix A.3.
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
    // The example of jwt.io.
    "19J8y7Zprt2-QKLjF2I5pVk0OELX6cY2AfaAv1LC_w8",
];

/// What lies in `tests/golden`, for this project's own tests and nobody else.
const GOLDEN: &[&str] = if cfg!(test) {
    &[]
} else {
    &[
        "kHXiMzrGHtdOzKRbXbWgbfBKaUPkGlj0cfke18nMvlE",
        "0XSuJ21jQKn0Adv2S2wqUv1TNc7AR7ofHYo_igogKmM",
    ]
};

/// Whether everybody knows the secret that is this in base64url.
pub(super) fn is_known_secret(encoded: &str) -> bool {
    SECRETS.contains(&encoded) || GOLDEN.contains(&encoded)
}

/// Whether everybody knows the private key of that thumbprint.
pub(super) fn is_known_key(kid: &str) -> bool {
    KEYS.contains(&kid) || GOLDEN.contains(&kid)
}
