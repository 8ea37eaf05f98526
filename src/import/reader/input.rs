//! A file that is read byte by byte, with the number of the line.

use std::io::{self, BufRead, BufReader, Read};

use super::MAX_ROW_BYTES;

/// The size of the buffer.
const BUFFER_BYTES: usize = 64 * 1024;

/// A buffered file that counts bytes and lines.
pub(super) struct CountedInput {
    input: BufReader<Box<dyn Read + Send>>,
    /// The number of the line of the next byte.
    pub(super) line: u64,
    /// The number of bytes that were read.
    pub(super) bytes: u64,
}

/// A text that may be longer than the limit of a row.
pub(super) enum BoundedText {
    /// The whole text.
    Whole(Vec<u8>),
    /// The text is longer than the limit and was not kept.
    TooLong,
}

impl CountedInput {
    /// Begins to read. A byte order mark is left out.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn new(input: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut input = Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            line: 1,
            bytes: 0,
        };
        if input.buffer()?.starts_with(b"\xef\xbb\xbf") {
            input.consume(3);
        }
        Ok(input)
    }

    /// Returns the bytes that are in the buffer, at least one except at the end of the file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn buffer(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.input.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.input.buffer())
    }

    /// Leaves out the next bytes of the buffer.
    pub(super) fn consume(&mut self, bytes: usize) {
        let consumed = self.input.buffer().iter().take(bytes);
        let lines = consumed.filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(lines).unwrap_or_default();
        self.bytes += u64::try_from(bytes).unwrap_or_default();
        self.input.consume(bytes);
    }

    /// Returns the next byte without consuming it. `None` is the end of the file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.buffer()?.first().copied())
    }

    /// Consumes the bytes that meet a condition and returns the byte after them, which is not consumed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.buffer()?;
            let end = buffer.iter().position(|byte| !skipped(*byte));
            let (count, next) = match end {
                Some(end) => (end, buffer.get(end).copied()),
                None => (buffer.len(), None),
            };
            self.consume(count);
            if next.is_some() || count == 0 {
                return Ok(next);
            }
        }
    }

    /// Consumes white space of JSON and returns the byte after it, which is not consumed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn skip_space(&mut self) -> io::Result<Option<u8>> {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
    }

    /// Reads the rest of the line and its end. A line that is too long is consumed without being kept.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn rest_of_line(&mut self) -> io::Result<BoundedText> {
        let mut text = Some(Vec::new());
        loop {
            let buffer = self.buffer()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(buffer.len(), |end| end + 1);
            append(&mut text, buffer.iter().take(count).copied());
            self.consume(count);
            if end.is_some() || count == 0 {
                return Ok(bounded(text));
            }
        }
    }
}

/// Appends bytes to a text, which becomes `None` when it is too long.
pub(super) fn append(text: &mut Option<Vec<u8>>, bytes: impl Iterator<Item = u8>) {
    if let Some(kept) = text {
        kept.extend(bytes);
        if kept.len() > MAX_ROW_BYTES {
            *text = None;
        }
    }
}

/// Returns the text, unless it was too long.
pub(super) fn bounded(text: Option<Vec<u8>>) -> BoundedText {
    text.map_or(BoundedText::TooLong, BoundedText::Whole)
}
