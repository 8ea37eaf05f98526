//! The elements of an array in a JSON document, read one at a time in bounded memory.

use std::io;

use super::input::{BoundedText, CountedInput, append, bounded};

/// The longest name of a member that is compared.
const MAX_NAME_BYTES: usize = 64;

/// The array whose elements are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayPlace {
    /// The document is the array.
    Document,
    /// The document is an object, and the array is its member of this name.
    Member(&'static str),
}

/// An element, or the fault after which no further element can be found.
pub(super) enum ArrayItem {
    /// The text of an element.
    Element(BoundedText),
    /// The document is not well-formed here, or is truncated.
    Broken,
    /// The array has ended.
    End,
}

/// Moves to the first element of the array. Returns whether there is such an array.
///
/// # Errors
/// The file cannot be read.
pub(super) fn enter(input: &mut CountedInput, place: ArrayPlace) -> io::Result<bool> {
    let ArrayPlace::Member(sought) = place else {
        return take(input, b'[');
    };
    if !take(input, b'{')? {
        return Ok(false);
    }
    loop {
        if input.skip_space()? != Some(b'"') {
            return Ok(false);
        }
        let BoundedText::Whole(name) = value(input)? else {
            return Ok(false);
        };
        if !take(input, b':')? {
            return Ok(false);
        }
        let is_sought = name.len() < MAX_NAME_BYTES
            && serde_json::from_slice::<String>(&name).is_ok_and(|name| name == sought);
        if is_sought {
            return take(input, b'[');
        }
        input.skip_space()?;
        value(input)?;
        if !take(input, b',')? {
            return Ok(false);
        }
    }
}

/// Reads the next element and sets the number of its first line. `is_first` tells that none was read before.
///
/// # Errors
/// The file cannot be read.
pub(super) fn next(
    input: &mut CountedInput,
    is_first: bool,
    line: &mut u64,
) -> io::Result<ArrayItem> {
    let next = input.skip_space()?;
    *line = input.line;
    match next {
        Some(b']') => return Ok(ArrayItem::End),
        Some(b',') if !is_first => input.consume(1),
        Some(_) if is_first => {}
        _ => return Ok(ArrayItem::Broken),
    }
    let next = input.skip_space()?;
    *line = input.line;
    match next {
        None | Some(b',' | b']' | b'}' | b':') => Ok(ArrayItem::Broken),
        Some(_) => Ok(ArrayItem::Element(value(input)?)),
    }
}

/// Consumes white space and then this byte. Returns whether it was there.
fn take(input: &mut CountedInput, byte: u8) -> io::Result<bool> {
    let is_there = input.skip_space()? == Some(byte);
    if is_there {
        input.consume(1);
    }
    Ok(is_there)
}

/// Reads the value at this place, which may be truncated. Only its extent is determined: brackets outside of strings
/// are counted. The reader of the value checks the rest.
fn value(input: &mut CountedInput) -> io::Result<BoundedText> {
    let mut extent = ValueExtent::default();
    let mut text = Some(Vec::new());
    loop {
        let buffer = input.buffer()?;
        let mut count = 0;
        let mut is_complete = buffer.is_empty();
        for byte in buffer {
            match extent.step(*byte) {
                Step::Inside => count += 1,
                Step::Last => {
                    count += 1;
                    is_complete = true;
                    break;
                }
                Step::After => {
                    is_complete = true;
                    break;
                }
            }
        }
        append(&mut text, buffer.iter().take(count).copied());
        input.consume(count);
        if is_complete {
            return Ok(bounded(text));
        }
    }
}

/// The place of a byte relative to a value.
enum Step {
    Inside,
    Last,
    After,
}

/// Finds the end of a value.
#[derive(Default)]
struct ValueExtent {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

impl ValueExtent {
    fn step(&mut self, byte: u8) -> Step {
        if self.is_in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => {
                    self.is_in_string = false;
                    return self.end_of_part();
                }
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            b'"' => self.is_in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                return Step::After;
            }
            b'}' | b']' => {
                self.depth -= 1;
                return self.end_of_part();
            }
            _ => {}
        }
        Step::Inside
    }

    fn end_of_part(&self) -> Step {
        if self.depth == 0 {
            Step::Last
        } else {
            Step::Inside
        }
    }
}
