//! Private keys as they lie in files: PKCS#8 in PEM (RFC 7468 §10).

use zeroize::Zeroizing;

/// The one PEM block of a file, which must be PKCS#8. What it is instead is said where it can be
/// told; the words never quote it.
pub fn private_key(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut blocks = pem::parse_many(text).map_err(|_| "is not PEM")?.into_iter();
    let key = blocks.next().ok_or("is not PEM")?;
    if blocks.next().is_some() {
        return Err("holds more than one PEM block");
    }
    match key.tag() {
        "PRIVATE KEY" => Ok(Zeroizing::new(key.into_contents())),
        "ENCRYPTED PRIVATE KEY" => {
            Err("is encrypted: `openssl pkcs8 -topk8 -nocrypt` makes an unencrypted PKCS#8 key")
        }
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            Err("is not PKCS#8: `openssl pkcs8 -topk8 -nocrypt` converts it")
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err("is a public key, not the private one"),
        "CERTIFICATE" => Err("is a certificate, not a private key"),
        _ => Err("is not an unencrypted PKCS#8 key: -----BEGIN PRIVATE KEY-----"),
    }
}
