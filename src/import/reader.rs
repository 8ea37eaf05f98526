//! Reads the rows of a source file one at a time. A file of any size needs little memory, and so does a row of any
//! length.

mod csv;
mod elements;
mod format;
mod input;

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use serde_json::{Map, Value};

pub(super) use self::format::{NextRow, RowFormat};
use self::{
    csv::{CsvRecord, CsvRecords},
    elements::{ArrayItem, ArrayPlace},
    input::{BoundedText, CountedInput},
};
use super::row::SourceRow;
use crate::json::UniqueMembers;

/// The longest row, in bytes. Longer rows are refused without being kept in memory.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;

/// The faults of rows.
const TOO_LONG: &str = "the row is longer than 1 MiB";
const NO_OBJECT: &str = "the row is not a JSON object, or has a member twice";
const OTHER_COLUMNS: &str = "the record has more or fewer fields than there are columns";

/// A source file.
pub(super) struct RowReader {
    input: CountedInput,
    rows: Rows,
    formats: &'static [RowFormat],
    /// The number of the element that was read last, if the file is an array.
    pub(super) element: Option<u64>,
}

enum Rows {
    /// Nothing was read.
    Unread,
    Lines,
    /// The elements of an array, of which this number was read.
    Elements(u64, ArrayPlace),
    Csv(Box<CsvRecords>, Arc<[String]>, CsvHeader),
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CsvHeader {
    InFile,
    Fixed,
}

impl RowReader {
    /// Opens a file that is in one of these formats.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn open(path: &Path, formats: &'static [RowFormat]) -> io::Result<Self> {
        Self::new(Box::new(File::open(path)?), formats)
    }

    /// Reads from any input.
    ///
    /// # Errors
    /// The input cannot be read.
    pub(super) fn new(
        input: Box<dyn Read + Send>,
        formats: &'static [RowFormat],
    ) -> io::Result<Self> {
        Ok(Self {
            input: CountedInput::new(input)?,
            rows: Rows::Unread,
            formats,
            element: None,
        })
    }

    /// Returns the number of bytes that were read.
    pub(super) fn bytes(&self) -> u64 {
        self.input.bytes
    }

    /// Reads the next row.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn next(&mut self) -> io::Result<NextRow> {
        if matches!(self.rows, Rows::Unread)
            && let Some(unreadable) = self.begin()?
        {
            self.rows = Rows::End;
            return Ok(unreadable);
        }
        let next = match &mut self.rows {
            Rows::Lines => next_line(&mut self.input)?,
            Rows::Elements(count, place) => {
                *count += 1;
                self.element = Some(*count);
                next_element(&mut self.input, *count == 1, *place)?
            }
            Rows::Csv(records, columns, header) => {
                next_record(&mut self.input, records, (columns, *header))?
            }
            Rows::Unread | Rows::End => NextRow::End,
        };
        // An element that the end of the file cuts off is refused once.
        let is_cut = matches!(
            (&next, &self.rows),
            (NextRow::Broken(..), Rows::Elements(..))
        ) && self.input.peek()?.is_none();
        if is_cut || matches!(next, NextRow::Unreadable(..) | NextRow::End) {
            self.rows = Rows::End;
        }
        Ok(next)
    }

    /// Determines the format by the first byte. Returns the fault if the format is not expected.
    fn begin(&mut self) -> io::Result<Option<NextRow>> {
        let first = self.input.skip_space()?;
        if first.is_none() {
            self.rows = Rows::End;
            return Ok(None);
        }
        let line = self.input.line;
        let found = self.formats.iter().find(|format| match format {
            RowFormat::JsonArray => first == Some(b'['),
            RowFormat::UsersDocument => first == Some(b'{'),
            // Each line that is no object is refused by itself.
            RowFormat::JsonLines if self.formats.contains(&RowFormat::Csv) => first == Some(b'{'),
            RowFormat::JsonLines => first != Some(b'['),
            RowFormat::Csv | RowFormat::HeaderlessCsv(_) => !matches!(first, Some(b'{' | b'[')),
        });
        let is_entered = match found {
            None if first == Some(b'[') => {
                self.input.consume(1);
                if self.input.skip_space()? == Some(b']') {
                    self.rows = Rows::End;
                    return Ok(None);
                }
                false
            }
            None => false,
            Some(RowFormat::JsonLines) => {
                self.rows = Rows::Lines;
                true
            }
            Some(format @ (RowFormat::JsonArray | RowFormat::UsersDocument)) => {
                let place = match format {
                    RowFormat::UsersDocument => ArrayPlace::Member("users"),
                    _ => ArrayPlace::Document,
                };
                self.rows = Rows::Elements(0, place);
                elements::enter(&mut self.input, place)?
            }
            Some(RowFormat::HeaderlessCsv(columns)) => {
                let columns = columns.iter().map(|it| (*it).to_owned()).collect();
                self.rows = Rows::Csv(Box::new(CsvRecords::new()), columns, CsvHeader::Fixed);
                true
            }
            Some(RowFormat::Csv) => {
                let mut records = Box::new(CsvRecords::new());
                let header = records.next(&mut self.input)?.1;
                let CsvRecord::Fields(columns) = header else {
                    return Ok(Some(self.unreadable(line, first)));
                };
                let columns = columns.into_iter().map(Option::unwrap_or_default);
                self.rows = Rows::Csv(records, columns.collect(), CsvHeader::InFile);
                true
            }
        };
        Ok((!is_entered).then(|| self.unreadable(line, first)))
    }

    fn unreadable(&self, line: u64, first: Option<u8>) -> NextRow {
        let names: Vec<_> = self.formats.iter().map(|it| it.name()).collect();
        let expected = names.join(" or ");
        let found = match first {
            Some(b'[') => "the file is a JSON array, but ",
            _ => "",
        };
        NextRow::Unreadable(line, format!("{found}{expected} is expected"))
    }
}

fn next_line(input: &mut CountedInput) -> io::Result<NextRow> {
    if input.skip_space()?.is_none() {
        return Ok(NextRow::End);
    }
    let line = input.line;
    Ok(row_of(line, &input.rest_of_line()?))
}

fn next_element(
    input: &mut CountedInput,
    is_first: bool,
    place: ArrayPlace,
) -> io::Result<NextRow> {
    let mut line = input.line;
    Ok(match elements::next(input, is_first, &mut line)? {
        ArrayItem::Element(text) => row_of(line, &text),
        ArrayItem::Broken => {
            let problem = "the array is truncated or not well-formed here".to_owned();
            NextRow::Unreadable(line, problem)
        }
        ArrayItem::End => {
            input.consume(1);
            if place != ArrayPlace::Document || input.skip_space()?.is_none() {
                return Ok(NextRow::End);
            }
            let problem =
                "the file goes on after the array: write each array into a file of its own";
            NextRow::Unreadable(input.line, problem.to_owned())
        }
    })
}

fn next_record(
    input: &mut CountedInput,
    records: &mut CsvRecords,
    (columns, header): (&Arc<[String]>, CsvHeader),
) -> io::Result<NextRow> {
    let (line, record) = records.next(input)?;
    let fields = match record {
        CsvRecord::Fields(fields) => fields,
        CsvRecord::Broken(cause) => return Ok(NextRow::Broken(line, cause)),
        CsvRecord::End => return Ok(NextRow::End),
    };
    let is_complete = match header {
        CsvHeader::InFile => fields.len() == columns.len(),
        CsvHeader::Fixed => fields.len() >= columns.len(),
    };
    if !is_complete {
        return Ok(NextRow::Broken(line, OTHER_COLUMNS));
    }
    let members = columns.iter().cloned().zip(fields);
    let members = members.map(|(name, field)| (name, field.map_or(Value::Null, Value::String)));
    Ok(NextRow::Row(
        line,
        SourceRow::new(members.collect::<Map<_, _>>()),
    ))
}

/// Parses the text of a JSON object.
fn row_of(line: u64, text: &BoundedText) -> NextRow {
    let BoundedText::Whole(text) = text else {
        return NextRow::Broken(line, TOO_LONG);
    };
    match crate::json::object::<UniqueMembers>(text) {
        Some(UniqueMembers(members)) => NextRow::Row(line, SourceRow::new(members)),
        None => NextRow::Broken(line, NO_OBJECT),
    }
}

#[cfg(test)]
mod tests;
