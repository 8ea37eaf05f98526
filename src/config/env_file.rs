//! `.env`: variables of Signet in a file that often belongs to another program.
//!
//! Only lines that set `SIGNET_…` or `DATABASE_URL` are read. All other lines are ignored, whatever
//! their content, and variables are not expanded.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use rustix::fs::{Mode, OFlags};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The kind of thing at the path of the file.
pub(super) enum EnvFile {
    /// The path does not exist.
    Absent,
    /// A folder, a pipe or a device, as container runtimes and other programs put there.
    NotRegular,
    /// A regular file with this content.
    Content(Vec<u8>),
}

impl EnvFile {
    /// Reads a regular file. Never blocks on anything else.
    ///
    /// # Errors
    /// The file exists but cannot be read, or it is larger than 1 MiB.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        // Opening a device can have effects, so the type is checked before.
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Absent),
            Err(error) => return Err(error),
            Ok(metadata) if !metadata.is_file() => return Ok(Self::NotRegular),
            Ok(_) => {}
        }
        let file = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?;
        let file = File::from(file);
        if !file.metadata()?.is_file() {
            return Ok(Self::NotRegular);
        }
        let mut content = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MAX_BYTES {
            return Err(io::Error::other("it is larger than 1 MiB"));
        }
        Ok(Self::Content(content))
    }
}

/// A line that sets a variable of Signet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EnvLine {
    /// The line number, from 1.
    pub(super) number: usize,
    /// The name of the variable.
    pub(super) name: String,
    /// The value of the variable, or the problem of the line. The problem never quotes the line.
    pub(super) value: Result<String, &'static str>,
}

/// Returns the lines of a file that set variables of Signet, in order.
pub(super) fn lines(content: &[u8]) -> Vec<EnvLine> {
    let decoded = utf_16(content);
    let content = decoded.as_deref().unwrap_or(content);
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let lines = content.split(|byte| *byte == b'\n').zip(1..);
    lines
        .filter_map(|(text, number)| line(text, number))
        .collect()
}

/// Returns whether Signet reads variables with this name.
pub(super) fn is_signet_variable(name: &str) -> bool {
    name == "DATABASE_URL" || name.starts_with("SIGNET_")
}

fn line(text: &[u8], number: usize) -> Option<EnvLine> {
    let text = text.trim_ascii();
    let exported = text.strip_prefix(b"export");
    let exported = exported.filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace));
    let text = exported.map_or(text, <[u8]>::trim_ascii_start);
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'=' | b':');
    let end = text.iter().position(ends).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = String::from_utf8_lossy(name).into_owned();
    let value = rest.trim_ascii_start().strip_prefix(b"=");
    is_signet_variable(&name).then(|| EnvLine {
        number,
        name,
        value: value.ok_or("must be NAME=value").and_then(self::value),
    })
}

/// Parses the text after `=`: the value without quotes and comment.
fn value(text: &[u8]) -> Result<String, &'static str> {
    let text = str::from_utf8(text).map_err(|_| "is not UTF-8")?;
    if text.contains('\0') {
        return Err("has a NUL character");
    }
    let start = text.trim_ascii_start();
    if let Some(quoted) = start.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'').ok_or(UNCLOSED)?;
        return finish(rest, value.to_owned());
    }
    if let Some(quoted) = start.strip_prefix('"') {
        return double_quoted(quoted);
    }
    // White space must precede a comment, so that a password can contain `#`.
    let comments = text.match_indices('#').map(|(at, _)| text.split_at(at).0);
    let mut comments = comments.filter(|before| before.ends_with([' ', '\t']));
    Ok(comments.next().unwrap_or(text).trim_ascii().to_owned())
}

const UNCLOSED: &str = "has a quote that is not closed: a value is on one line";

/// Parses a value up to the closing `"`. A backslash escapes.
fn double_quoted(text: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next().ok_or(UNCLOSED)? {
            '"' => return finish(chars.as_str(), value),
            '\\' => value.push(match chars.next().ok_or(UNCLOSED)? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                c @ ('"' | '\\' | '$') => c,
                _ => {
                    return Err(
                        "has a backslash in double quotes before a character other than n r t \" \\ $: \
                         write two backslashes, or use single quotes",
                    );
                }
            }),
            c => value.push(c),
        }
    }
}

/// Returns the value if only a comment follows its closing quote.
fn finish(rest: &str, value: String) -> Result<String, &'static str> {
    let rest = rest.trim_ascii_start();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(value)
    } else {
        Err("has text after the closing quote")
    }
}

/// Returns whether a file sets variables of Signet in UTF-16 and does not begin with a byte order mark,
/// so that no line can be read.
pub(super) fn is_unmarked_utf_16(content: &[u8]) -> bool {
    let contains = |name: &str| {
        // The same bytes occur in both byte orders.
        let units: Vec<u8> = name.bytes().flat_map(|byte| [0, byte]).skip(1).collect();
        content.windows(units.len()).any(|window| window == units)
    };
    utf_16(content).is_none() && (contains("SIGNET_") || contains("DATABASE_URL"))
}

/// Decodes a file that begins with a byte order mark of UTF-16, as some editors write it.
fn utf_16(content: &[u8]) -> Option<Vec<u8>> {
    let (mark, rest) = content.split_first_chunk::<2>()?;
    let unit = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (units, _) = rest.as_chunks::<2>();
    let units: Vec<_> = units.iter().map(|bytes| unit(*bytes)).collect();
    Some(String::from_utf16_lossy(&units).into_bytes())
}
