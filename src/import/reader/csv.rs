//! Records of CSV (RFC 4180), read one at a time in bounded memory.

use std::io;

use csv_core::ReadRecordResult;

use super::{MAX_ROW_BYTES, TOO_LONG, input::CountedInput};

/// The most fields of a record.
const MAX_FIELDS: usize = 1024;

/// The faults of records.
const TOO_MANY_FIELDS: &str = "the record has more than 1,024 fields";
const OPEN_QUOTE: &str = "the record is truncated: a quote is not closed";
const NOT_UTF8: &str = "the record is not UTF-8";

/// Splits a file into records.
pub(super) struct CsvRecords {
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// The result of reading a record.
pub(super) enum CsvRecord {
    /// The fields. An empty field and `\N` are absent values.
    Fields(Vec<Option<String>>),
    /// The record is too long, is truncated or is not UTF-8. The text says which.
    Broken(&'static str),
    /// The file has ended.
    End,
}

impl CsvRecords {
    pub(super) fn new() -> Self {
        Self {
            reader: csv_core::Reader::new(),
            text: vec![0; 4096],
            ends: vec![0; MAX_FIELDS],
        }
    }

    /// Reads the next record and the number of its first line.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn next(&mut self, input: &mut CountedInput) -> io::Result<(u64, CsvRecord)> {
        // Empty lines and the second byte of CRLF belong to no record.
        input.skip_while(|byte| matches!(byte, b'\r' | b'\n'))?;
        let line = input.line;
        let (mut length, mut fields, mut quotes) = (0, 0, 0_usize);
        let mut fault = None;
        loop {
            let buffer = input.buffer()?;
            let is_at_end = buffer.is_empty();
            let text = self.text.get_mut(length..).unwrap_or_default();
            let ends = self.ends.get_mut(fields..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(buffer, text, ends);
            quotes += buffer.iter().take(read).filter(|it| **it == b'"').count();
            input.consume(read);
            (length, fields) = (length + written, fields + ended);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if length < MAX_ROW_BYTES && fault.is_none() => {
                    let size = (self.text.len() * 2).min(MAX_ROW_BYTES);
                    self.text.resize(size, 0);
                }
                // The rest of the record is consumed without being kept.
                full @ (ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull) => {
                    let is_long = matches!(full, ReadRecordResult::OutputFull);
                    let cause = if is_long { TOO_LONG } else { TOO_MANY_FIELDS };
                    fault = fault.or(Some(cause));
                    (length, fields) = (0, 0);
                }
                ReadRecordResult::Record => {
                    // A quote that the end of the file closes shows that the file is truncated.
                    if is_at_end && !quotes.is_multiple_of(2) {
                        fault = fault.or(Some(OPEN_QUOTE));
                    }
                    let fields = match fault {
                        Some(fault) => Err(fault),
                        None => self.fields(fields).ok_or(NOT_UTF8),
                    };
                    let record = fields.map_or_else(CsvRecord::Broken, CsvRecord::Fields);
                    return Ok((line, record));
                }
                ReadRecordResult::End => return Ok((line, CsvRecord::End)),
            }
        }
    }

    fn fields(&self, count: usize) -> Option<Vec<Option<String>>> {
        let mut start = 0;
        let ends = self.ends.iter().take(count);
        ends.map(|end| {
            let field = str::from_utf8(self.text.get(start..*end)?).ok()?;
            start = *end;
            Some((!field.is_empty() && field != "\\N").then(|| field.to_owned()))
        })
        .collect()
    }
}
