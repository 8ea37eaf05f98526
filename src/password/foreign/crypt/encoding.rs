//! The base64 of crypt(3): groups of 24 bits, the lowest six bits first.

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The order in which MD5-crypt encodes the bytes of a digest.
const MD5: [u8; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

/// Returns the character of the lowest six bits.
pub(super) fn character(bits: u32) -> char {
    let index = usize::try_from(bits & 63).unwrap_or_default();
    ALPHABET.get(index).map_or('.', |byte| char::from(*byte))
}

/// Returns the value of a character.
pub(super) fn value(character: u8) -> Option<u32> {
    let place = ALPHABET.iter().position(|known| *known == character)?;
    u32::try_from(place).ok()
}

/// Returns true if the text has no other characters.
pub(super) fn is_encoded(text: &str) -> bool {
    text.bytes().all(|byte| value(byte).is_some())
}

/// Encodes the bytes in their order, as phpass does.
pub(super) fn in_order(digest: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for group in digest.chunks(3) {
        let bits = group
            .iter()
            .rev()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        // Three bytes are four characters, two are three, and one is two.
        for place in 0..=group.len() {
            let shifted = u8::try_from(character(bits >> (6 * place)));
            encoded.push(shifted.unwrap_or(b'.'));
        }
    }
    encoded
}

/// Encodes the bytes in the order of MD5-crypt, of SHA-256-crypt or of SHA-512-crypt, by the length of the digest.
pub(super) fn permuted(digest: &[u8]) -> Vec<u8> {
    let order: Vec<u8> = match digest.len() {
        16 => MD5.to_vec(),
        // Each group takes one byte of each third of the digest, the thirds in turn.
        32 => rotated(10, [[20, 10, 0], [11, 1, 21], [2, 22, 12]], &[30, 31]),
        _ => rotated(21, [[42, 21, 0], [1, 43, 22], [23, 2, 44]], &[63]),
    };
    let byte = |place: &u8| digest.get(usize::from(*place)).copied().unwrap_or_default();
    in_order(&order.iter().map(byte).collect::<Vec<u8>>())
}

/// Returns the places of `groups` groups: those of the first three groups, each of the following ones three higher than
/// the one three before it, and the last places.
fn rotated(groups: u8, first: [[u8; 3]; 3], last: &[u8]) -> Vec<u8> {
    let mut places = Vec::new();
    for (group, start) in (0..groups).zip(first.iter().cycle()) {
        places.extend(start.iter().map(|place| place + group / 3 * 3));
    }
    places.extend(last);
    places
}
