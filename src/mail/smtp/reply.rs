//! Replies of a server (RFC 5321 §4.2). The code alone decides: the text may be absent, in no encoding,
//! or longer than it should be.

/// The longest reply, in bytes. What comes after that is not read.
pub(super) const MAX_REPLY: usize = 64 * 1024;
/// The bytes of a line that are kept.
const MAX_LINE: usize = 512;
/// The lines whose text is kept: an EHLO has as many as the server has extensions.
const MAX_LINES: usize = 64;

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SmtpReply {
    /// Its code, 200 to 599.
    pub(super) code: u16,
    /// The text of its lines.
    pub(super) lines: Vec<String>,
}

impl SmtpReply {
    /// Whether the server has done, or will go on with, what it was asked for: the first digit is this one.
    pub(super) fn is_of(&self, class: u16) -> bool {
        self.code / 100 == class
    }

    /// The text as one line.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }
}

/// The beginning of a reply that is not a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InvalidReply;

/// A reply as far as it has come.
#[derive(Debug, Default)]
pub(super) struct PartialReply {
    reply: Option<SmtpReply>,
    line: Vec<u8>,
}

impl PartialReply {
    /// Takes what has come of a line; `is_end` where the line ends with it. Returns whether the reply is
    /// complete.
    pub(super) fn take(&mut self, bytes: &[u8], is_end: bool) -> Result<bool, InvalidReply> {
        let room = MAX_LINE.saturating_sub(self.line.len());
        self.line.extend(bytes.iter().take(room));
        if is_end { self.end_line() } else { Ok(false) }
    }

    /// The reply whose end did not come: the code of its last line decides all the same, because every line
    /// of a reply has the same one.
    pub(super) fn cut(mut self) -> Option<SmtpReply> {
        let _ = self.end_line();
        self.reply
    }

    /// The complete reply.
    pub(super) fn whole(self) -> Option<SmtpReply> {
        self.reply
    }

    fn end_line(&mut self) -> Result<bool, InvalidReply> {
        let line = std::mem::take(&mut self.line);
        let Some((code, is_last, text)) = parse(line.trim_ascii_end()) else {
            // In the midst of a reply, everything up to its last line is passed over (RFC 5321 §4.2.1).
            return if self.reply.is_some() {
                Ok(false)
            } else {
                Err(InvalidReply)
            };
        };
        let reply = self.reply.get_or_insert(SmtpReply {
            code,
            lines: vec![],
        });
        reply.code = code;
        if reply.lines.len() < MAX_LINES {
            reply.lines.push(text);
        }
        Ok(is_last)
    }
}

/// The code of a line, whether it is the last one, and its text.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code = std::str::from_utf8(code).ok()?;
    let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
    let code = code.parse().ok().filter(|code| (200..600).contains(code))?;
    let (is_last, text) = match rest.split_first() {
        Some((b'0'..=b'9', _)) => return None,
        Some((b'-', text)) => (false, text),
        Some((b' ' | b'\t', text)) => (true, text),
        Some(_) | None => (true, rest),
    };
    is_number.then(|| (code, is_last, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What becomes of a reply that comes in these pieces, and then no more.
    fn read(text: &[u8]) -> Result<Option<SmtpReply>, InvalidReply> {
        let mut partial = PartialReply::default();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if partial.take(line, line.ends_with(b"\n"))? {
                return Ok(partial.whole());
            }
        }
        Ok(partial.cut())
    }

    fn code(text: &[u8]) -> Option<u16> {
        read(text).ok().flatten().map(|reply| reply.code)
    }

    #[test]
    fn the_code_alone_decides() {
        let long = format!("250 {}\r\n", "x".repeat(3000));
        for accepted in [
            b"250 2.0.0 Ok: queued as 42\r\n".as_slice(),
            b"250\r\n",
            b"250 \r\n",
            b"250\n",
            b"250\tOk\r\n",
            b"250Ok\r\n",
            b"250 \xff\xfe\x00\r\n",
            "250 angenommen, vielen Dank für die Post\r\n".as_bytes(),
            long.as_bytes(),
            b"250-first\r\n250 last\r\n",
            b"250-\r\n250-\r\n250\r\n",
            b"250-first\r\nno code at all\r\n250 last\r\n",
            // Cut off.
            b"250 Ok",
            b"250",
            b"250-first\r\n250",
            b"250-first\r\n25",
        ] {
            assert_eq!(code(accepted), Some(250), "{accepted:?}");
        }
        assert_eq!(code(b"250-first\r\n550 last\r\n"), Some(550));
        assert_eq!(code(b"451 later\r\n"), Some(451));
        for nothing in [
            b"".as_slice(),
            b"\r\n",
            b"25",
            b"2500 Ok\r\n",
            b"+50 Ok\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"999 Ok\r\n",
            b"150 Ok\r\n",
            b"\xff\xff\xff\r\n",
        ] {
            assert_eq!(code(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn little_is_kept_of_much() {
        let long = format!("250 {}\r\n", "x".repeat(3000));
        let reply = read(long.as_bytes()).unwrap().unwrap();
        assert!(reply.text().len() < MAX_LINE);
        let many = "250-x\r\n".repeat(5000) + "250 x\r\n";
        let reply = read(many.as_bytes()).unwrap().unwrap();
        assert_eq!(reply.lines.len(), MAX_LINES);
    }

    proptest! {
        #[test]
        fn no_text_changes_the_code(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\n').collect();
            let reply = [b"250 ".as_slice(), &text, b"\r\n"].concat();
            prop_assert_eq!(code(&reply), Some(250));
        }

        #[test]
        fn nothing_that_comes_is_trouble(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = read(&text);
        }
    }
}
