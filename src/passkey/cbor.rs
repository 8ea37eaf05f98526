//! CBOR within bounds (RFC 8949), in the form of authenticators: definite lengths, no tags, unique keys (CTAP 2.1 §8).

use ciborium::Value;

/// The deepest nesting of an attestation object, with some room.
const MAX_DEPTH: u8 = 4;

/// The most items of a text, counted with those inside others.
const MAX_ITEMS: usize = 256;

/// Reads the first item, and returns the bytes after it. `None` if the item is malformed, too deep or too large, or if
/// a map repeats a key.
///
/// The bounds are checked before anything is allocated.
pub(super) fn first_item(bytes: &[u8]) -> Option<(Value, &[u8])> {
    let mut rest = bytes;
    let mut items = MAX_ITEMS;
    skip(&mut rest, MAX_DEPTH, &mut items)?;
    let (item, rest) = bytes.split_at_checked(bytes.len().checked_sub(rest.len())?)?;
    let value = ciborium::from_reader(item).ok()?;
    has_unique_keys(&value).then_some((value, rest))
}

/// Reads the single item that the bytes consist of.
pub(super) fn only_item(bytes: &[u8]) -> Option<Value> {
    let (value, rest) = first_item(bytes)?;
    rest.is_empty().then_some(value)
}

/// Takes the value of a text key out of the entries of a map.
pub(super) fn take(entries: &mut Vec<(Value, Value)>, key: &str) -> Option<Value> {
    let is_named = |entry: &(Value, Value)| entry.0.as_text() == Some(key);
    let position = entries.iter().position(is_named)?;
    Some(entries.swap_remove(position).1)
}

/// Skips one item (RFC 8949 §3).
fn skip(rest: &mut &[u8], depth: u8, items: &mut usize) -> Option<()> {
    *items = items.checked_sub(1)?;
    let head = *rest.split_off_first()?;
    let argument = match head & 0x1f {
        small @ 0..=23 => u64::from(small),
        size @ 24..=27 => {
            let bytes = rest.split_off(..1 << (size - 24))?;
            bytes
                .iter()
                .fold(0, |all, byte| (all << 8) | u64::from(*byte))
        }
        // An indefinite length, or reserved.
        _ => return None,
    };
    match head >> 5 {
        // Integers and simple values.
        0 | 1 | 7 => Some(()),
        // Bytes and texts.
        2 | 3 => rest
            .split_off(..usize::try_from(argument).ok()?)
            .map(|_| ()),
        // Arrays and maps.
        major @ (4 | 5) => {
            let depth = depth.checked_sub(1)?;
            let each = u64::from(major - 3);
            for _ in 0..argument.checked_mul(each)? {
                skip(rest, depth, items)?;
            }
            Some(())
        }
        // Tags.
        _ => None,
    }
}

fn has_unique_keys(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(has_unique_keys),
        Value::Map(entries) => {
            let mut later = entries.iter();
            while let Some((key, value)) = later.next() {
                if later.clone().any(|(other, _)| other == key) || !has_unique_keys(value) {
                    return false;
                }
            }
            true
        }
        _ => true,
    }
}
