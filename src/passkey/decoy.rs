//! The work of a login whose passkey is unknown, so that its time reveals nothing.

use super::{
    AssertionResponse, Expected, PasskeyAlgorithm, PasskeyRejection,
    assertion::{check_response, is_signed_by},
    checks::signed_message,
};

// Public keys in COSE. They are used for their cost only: an answer is refused even if its signature is valid.

/// The generator of P-256, whose private key is 1.
const ES256: &[u8] = &[
    0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c,
    0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb,
    0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x22, 0x58, 0x20, 0x4f, 0xe3, 0x42,
    0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

/// The generator of Ed25519, after the members of its key.
const EDDSA: &[u8] = &[
    0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20, 0x58, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
];

/// Checks an answer to whose credential ID no usable passkey belongs, with the work of
/// [`verify_assertion`](super::verify_assertion): the same checks, and a signature of the algorithm that the signature
/// has the form of. Returns the reason of the refusal that a known passkey with another key would have.
pub fn refuse_unknown(
    expected: &Expected<'_>,
    response: AssertionResponse<'_>,
) -> PasskeyRejection {
    let verify = || {
        check_response(expected, response)?;
        let message = signed_message(response.authenticator_data, response.client_data);
        is_signed_by(&key_like(response.signature), &message, response.signature)
    };
    verify().err().unwrap_or(PasskeyRejection::Signature)
}

/// Returns a key of the algorithm whose signatures have this length.
fn key_like(signature: &[u8]) -> Vec<u8> {
    match algorithm_like(signature) {
        PasskeyAlgorithm::EdDsa => EDDSA.to_vec(),
        PasskeyAlgorithm::Es256 => ES256.to_vec(),
        PasskeyAlgorithm::Rs256 => rsa_key(signature.len()),
    }
}

fn algorithm_like(signature: &[u8]) -> PasskeyAlgorithm {
    match signature.len() {
        64 => PasskeyAlgorithm::EdDsa,
        256.. => PasskeyAlgorithm::Rs256,
        _ => PasskeyAlgorithm::Es256,
    }
}

/// Returns an RSA key with a modulus of that many bytes, at most 8192 bits, and the usual exponent.
fn rsa_key(length: usize) -> Vec<u8> {
    let length = u16::try_from(length.min(1024)).unwrap_or(1024);
    let modulus = vec![0xff; length.into()];
    let [high, low] = length.to_be_bytes();
    let head = [
        0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, high, low,
    ];
    [&head, modulus.as_slice(), &[0x21, 0x43, 0x01, 0x00, 0x01]].concat()
}

#[cfg(test)]
mod tests {
    use super::{super::public_key::PublicKey, *};

    /// A key that could not be read would cost nothing.
    #[test]
    fn keys_are_readable_and_of_their_algorithm() {
        for (length, algorithm) in [
            (64, PasskeyAlgorithm::EdDsa),
            (70, PasskeyAlgorithm::Es256),
            (0, PasskeyAlgorithm::Es256),
            (256, PasskeyAlgorithm::Rs256),
            (512, PasskeyAlgorithm::Rs256),
            (70_000, PasskeyAlgorithm::Rs256),
        ] {
            let key = PublicKey::parse(&key_like(&vec![0; length])).unwrap();
            assert_eq!(key.algorithm, algorithm, "{length}");
        }
    }
}
