//! Logos of the service and of clients.

use std::fmt;

use crate::cached_document::CachedDocument;

/// The first bytes of a PNG file (RFC 2083 §3.1).
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The namespace of SVG (SVG 2 §5.2), without which an `<svg>` element is not an image.
const SVG_NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// The format of a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoFormat {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics.
    Png,
}

impl LogoFormat {
    /// Returns the media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}

/// The reason why a file is not a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLogo {
    /// The file is too large.
    #[error("is larger than 256 KiB")]
    TooLarge,
    /// The file has another format.
    #[error("is neither a PNG file nor an SVG file in UTF-8")]
    Format,
    /// The root element is not in the namespace of SVG.
    #[error(
        "is an SVG file that browsers do not show: add xmlns=\"http://www.w3.org/2000/svg\" to its <svg> element"
    )]
    Namespace,
}

/// An image file, checked by its first bytes. Browsers check the rest: a logo is shown in `<img>` only, where no
/// script of an SVG runs, and the response with a logo forbids scripts as well. A clone is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    /// The format.
    pub format: LogoFormat,
    /// The bytes and their entity tag.
    pub document: CachedDocument,
}

impl Logo {
    /// The largest file, in bytes.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Checks the content of a file.
    ///
    /// # Errors
    /// The file is too large, or neither PNG nor SVG, or an SVG file without the namespace of SVG.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, InvalidLogo> {
        let format = if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidLogo::TooLarge);
        } else if bytes.starts_with(PNG_SIGNATURE) {
            LogoFormat::Png
        } else {
            let text = str::from_utf8(&bytes).map_err(|_| InvalidLogo::Format)?;
            check_svg(text)?;
            LogoFormat::Svg
        };
        Ok(Self {
            format,
            document: CachedDocument::new(bytes),
        })
    }
}

/// Checks that the first element of an XML text is `<svg>` in the namespace of SVG. Browsers show nothing for another
/// namespace: in an `<img>`, an SVG file is XML and not HTML.
fn check_svg(text: &str) -> Result<(), InvalidLogo> {
    let attributes = svg_attributes(text).ok_or(InvalidLogo::Format)?;
    if default_namespace(attributes) == Some(SVG_NAMESPACE) {
        Ok(())
    } else {
        Err(InvalidLogo::Namespace)
    }
}

/// Returns the text after `<svg`, if that is the first element of an XML text.
fn svg_attributes(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // The XML declaration, comments and the document type come before the element (XML §2.8).
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<!") => ">",
            _ => break,
        };
        let (_, after) = rest.split_once(end)?;
        rest = after.trim_start();
    }
    let rest = rest.strip_prefix("<svg")?;
    rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .then_some(rest)
}

/// Returns the value of `xmlns` in a list of attributes, which ends at the first text that is no attribute (XML §3.1).
fn default_namespace(mut attributes: &str) -> Option<&str> {
    loop {
        let (name, value) = attributes.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = value.get(1..)?.split_once(quote)?;
        let name = name.trim();
        if name.contains(['<', '>']) {
            return None;
        } else if name == "xmlns" {
            return Some(value);
        }
        attributes = rest;
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let etag = String::from_utf8_lossy(&self.document.etag);
        write!(f, "Logo({:?}, {etag})", self.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_follows_from_the_content() {
        let format = |content: &[u8]| Logo::parse(content.to_vec()).map(|logo| logo.format);
        assert_eq!(format(b"\x89PNG\r\n\x1a\n\0\0"), Ok(LogoFormat::Png));
        for svg in [
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "\u{feff}<?xml version='1.0'?>\n<!-- <b> -->\n<!DOCTYPE svg PUBLIC 'a' 'b'>\n<svg\n\
             xmlns\n=\t'http://www.w3.org/2000/svg'/>",
            "<svg id=\"a>b\" viewBox='0 0 1 1' xmlns=\"http://www.w3.org/2000/svg\"><g/>",
        ] {
            assert_eq!(format(svg.as_bytes()), Ok(LogoFormat::Svg), "{svg}");
        }
        for other in [
            &b""[..],
            b"GIF89a",
            b"\xff\xd8\xff\xe0JFIF",
            b"<html><svg/></html>",
            b"<svgx/>",
            b"<!-- <svg/>",
            b"<svg>\xff</svg>",
            b"PNG",
        ] {
            assert_eq!(format(other), Err(InvalidLogo::Format), "{other:?}");
        }
        for shows_nothing in [
            "<svg/>",
            "<svg >",
            "<svg xmlns=''/>",
            "<svg xmlns='https://www.w3.org/2000/svg'/>",
            "<svg xmlns:svg='http://www.w3.org/2000/svg'/>",
            "<svg title=\"xmlns='http://www.w3.org/2000/svg'\"/>",
            "<svg><g xmlns='http://www.w3.org/2000/svg'/></svg>",
            "<svg xmlns='http://www.w3.org/2000/svg",
        ] {
            let refused = format(shows_nothing.as_bytes()).unwrap_err().to_string();
            assert!(
                refused.contains("xmlns=\"http://www.w3.org/2000/svg\""),
                "{shows_nothing}: {refused}"
            );
        }
        let mut large = b"<svg xmlns='http://www.w3.org/2000/svg'>".to_vec();
        large.resize(Logo::MAX_BYTES, b' ');
        assert!(format(&large).is_ok());
        large.push(b' ');
        assert_eq!(format(&large), Err(InvalidLogo::TooLarge));
    }
}
