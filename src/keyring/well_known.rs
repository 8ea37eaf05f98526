//! Publicly known test keys and secrets. Signet refuses to start with any of them.

/// The secrets, as base64url of their bytes.
const SECRETS: &[&str] = &[
    // RFC 7515 appendix A.1.
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    // RFC 7520 §3.5.
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
];

/// The keys, as RFC 7638 thumbprints.
const KEYS: &[&str] = &[
    // RFC 7515 appendix A.3.
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
    // RFC 7515 appendix A.2.
    "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8",
    // RFC 7517 appendix A.2. The second key is also that of RFC 7638 §3.1.
    "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    // RFC 7520 §3.4.
    "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
    // RFC 8037 appendix A.1.
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    // The examples of jwt.io for ES256 and RS256.
    "19J8y7Zprt2-QKLjF2I5pVk0OELX6cY2AfaAv1LC_w8",
    "oGDmHqCJ7yzMkWEkrlZVHkvrHIyQwtlDmeq5ForUHeY",
];

/// The keys and secret in `tests/golden`, which only the tests of this project accept.
const GOLDEN: &[&str] = if cfg!(test) {
    &[]
} else {
    &[
        "kHXiMzrGHtdOzKRbXbWgbfBKaUPkGlj0cfke18nMvlE",
        "nWD22COMzWwuZ9vyHPyYWesV_cJYg35aMKXSNT6VtZQ",
        "sr86MGRt8uNdc_xxVksASu3F7ile_NhQnCgv1-NnPAE",
        "0XSuJ21jQKn0Adv2S2wqUv1TNc7AR7ofHYo_igogKmM",
    ]
};

/// Returns true if the secret with this base64url encoding is publicly known.
pub(super) fn is_known_secret(encoded: &str) -> bool {
    SECRETS.contains(&encoded) || GOLDEN.contains(&encoded)
}

/// Returns true if the private key with this thumbprint is publicly known.
pub(super) fn is_known_key(kid: &str) -> bool {
    KEYS.contains(&kid) || GOLDEN.contains(&kid)
}
