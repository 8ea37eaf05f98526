//! `.env`: variables of Signet in a file that often belongs to another program.
//!
//! Only lines that set `SIGNET_…` or `DATABASE_URL` are read. Every other line is passed over,
//! whatever it holds, and nothing is substituted.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use rustix::fs::{Mode, OFlags};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// What is at the path of the file.
pub(super) enum EnvFile {
    /// Nothing.
    Absent,
    /// A folder, a pipe, a device: what a container runtime or another program puts there.
    NotRegular,
    /// A file with this content.
    Content(Vec<u8>),
}

impl EnvFile {
    /// Reads a regular file, and never waits for anything else.
    ///
    /// # Errors
    /// The file is there and cannot be read, or it is larger than 1 MiB.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        // Opening a device can have effects, so what is there is looked at first.
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
        file.take(LARGEST + 1).read_to_end(&mut content)?;
        if content.len() as u64 > LARGEST {
            return Err(io::Error::other("it is larger than 1 MiB"));
        }
        Ok(Self::Content(content))
    }
}

/// A line that sets a variable of Signet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EnvLine {
    /// Its number, from 1.
    pub(super) number: usize,
    /// The variable.
    pub(super) name: String,
    /// Its value, or what is wrong with the line. Never quotes the line.
    pub(super) value: Result<String, &'static str>,
}

/// The lines of a file that set variables of Signet, in their order.
pub(super) fn lines(content: &[u8]) -> Vec<EnvLine> {
    let decoded = utf_16(content);
    let content = decoded.as_deref().unwrap_or(content);
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let lines = content.split(|byte| *byte == b'\n').zip(1..);
    lines
        .filter_map(|(text, number)| line(text, number))
        .collect()
}

/// Whether a variable of that name may be one of Signet's.
pub(super) fn is_ours(name: &str) -> bool {
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
    is_ours(&name).then(|| EnvLine {
        number,
        name,
        value: value.ok_or("must be NAME=value").and_then(self::value),
    })
}

/// What is after `=`, as it is, without quotes and comment.
fn value(text: &[u8]) -> Result<String, &'static str> {
    let text = str::from_utf8(text).map_err(|_| "is not UTF-8")?;
    if text.contains('\0') {
        return Err("has a NUL character");
    }
    let start = text.trim_ascii_start();
    if let Some(quoted) = start.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'').ok_or(UNCLOSED)?;
        return end(rest, value.to_owned());
    }
    if let Some(quoted) = start.strip_prefix('"') {
        return double_quoted(quoted);
    }
    // A comment has white space before it, so that `#` can be in a password.
    let comments = text.match_indices('#').map(|(at, _)| text.split_at(at).0);
    let mut comments = comments.filter(|before| before.ends_with([' ', '\t']));
    Ok(comments.next().unwrap_or(text).trim_ascii().to_owned())
}

const UNCLOSED: &str = "has a quote that is not closed: a value is on one line";

/// A value up to `"`, in which a backslash escapes.
fn double_quoted(text: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next().ok_or(UNCLOSED)? {
            '"' => return end(chars.as_str(), value),
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

/// The value, if nothing but a comment follows its closing quote.
fn end(rest: &str, value: String) -> Result<String, &'static str> {
    let rest = rest.trim_ascii_start();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(value)
    } else {
        Err("has text after the closing quote")
    }
}

/// The text of a file that begins with a byte order mark of UTF-16, as some editors write it.
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
