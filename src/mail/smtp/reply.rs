//! Replies of an SMTP server (RFC 5321 §4.2). Only the code is significant: the text may be absent, in an
//! unknown encoding, or longer than the RFC allows.

/// The longest reply, in bytes. Further bytes are not read.
pub(super) const MAX_REPLY_BYTES: usize = 64 * 1024;
/// The number of bytes of a line that are kept.
const MAX_LINE_BYTES: usize = 512;
/// The number of lines whose text is kept. A reply to EHLO has one line for each extension.
const MAX_LINES: usize = 64;

/// A reply of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SmtpReply {
    /// The reply code, 200 to 599.
    pub(super) code: u16,
    /// The text of its lines.
    pub(super) lines: Vec<String>,
}

impl SmtpReply {
    /// Returns whether the first digit of the code is `class`.
    pub(super) fn is_class(&self, class: u16) -> bool {
        self.code / 100 == class
    }

    /// Returns the text as one line.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }
}

/// The server sent bytes that do not begin a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InvalidReply;

/// A reply of which a part has been received.
#[derive(Debug, Default)]
pub(super) struct PartialReply {
    reply: Option<SmtpReply>,
    line: Vec<u8>,
}

impl PartialReply {
    /// Adds received bytes of a line; `is_end` if they end the line. Returns whether the reply is
    /// complete.
    ///
    /// # Errors
    /// The first line does not begin with a reply code.
    pub(super) fn push(&mut self, bytes: &[u8], is_end: bool) -> Result<bool, InvalidReply> {
        let remaining = MAX_LINE_BYTES.saturating_sub(self.line.len());
        self.line.extend(bytes.iter().take(remaining));
        if is_end { self.end_line() } else { Ok(false) }
    }

    /// Returns the reply although its end was not received. The code of the last line applies, because
    /// every line of a reply has the same code.
    pub(super) fn into_truncated(mut self) -> Option<SmtpReply> {
        let _ = self.end_line();
        self.reply
    }

    /// Returns the complete reply.
    pub(super) fn into_complete(self) -> Option<SmtpReply> {
        self.reply
    }

    fn end_line(&mut self) -> Result<bool, InvalidReply> {
        let line = std::mem::take(&mut self.line);
        let Some((code, is_last, text)) = parse_line(line.trim_ascii_end()) else {
            // After the first line, a line without a code is skipped (RFC 5321 §4.2.1).
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

/// Returns the code of a line, whether the line is the last one, and its text.
fn parse_line(line: &[u8]) -> Option<(u16, bool, String)> {
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

    /// Reads a reply line by line, up to its end or to the end of the bytes.
    fn read(text: &[u8]) -> Result<Option<SmtpReply>, InvalidReply> {
        let mut partial = PartialReply::default();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if partial.push(line, line.ends_with(b"\n"))? {
                return Ok(partial.into_complete());
            }
        }
        Ok(partial.into_truncated())
    }

    fn code(text: &[u8]) -> Option<u16> {
        read(text).ok().flatten().map(|reply| reply.code)
    }

    #[test]
    fn only_the_code_is_significant() {
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
            // Truncated replies.
            b"250 Ok",
            b"250",
            b"250-first\r\n250",
            b"250-first\r\n25",
        ] {
            assert_eq!(code(accepted), Some(250), "{accepted:?}");
        }
        assert_eq!(code(b"250-first\r\n550 last\r\n"), Some(550));
        assert_eq!(code(b"451 later\r\n"), Some(451));
        for invalid in [
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
            assert_eq!(code(invalid), None, "{invalid:?}");
        }
    }

    #[test]
    fn kept_text_is_bounded() {
        let long = format!("250 {}\r\n", "x".repeat(3000));
        let reply = read(long.as_bytes()).unwrap().unwrap();
        assert!(reply.text().len() < MAX_LINE_BYTES);
        let many = "250-x\r\n".repeat(5000) + "250 x\r\n";
        let reply = read(many.as_bytes()).unwrap().unwrap();
        assert_eq!(reply.lines.len(), MAX_LINES);
    }

    proptest! {
        #[test]
        fn text_does_not_change_the_code(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\n').collect();
            let reply = [b"250 ".as_slice(), &text, b"\r\n"].concat();
            prop_assert_eq!(code(&reply), Some(250));
        }

        #[test]
        fn arbitrary_bytes_never_panic(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let _ = read(&text);
        }
    }
}
