//! QR codes of `otpauth` URIs.

use qrcode::{Color, QrCode, render::svg, types::QrError};
use serde::Serialize;

/// The URI is too long for a QR code. Always a fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the QR code cannot be drawn: {0}")]
pub struct QrCodeError(QrError);

/// A QR code as the path of an SVG element, in a square of `size` units.
#[derive(Debug, Serialize)]
pub struct QrPath {
    /// The width and the height, with a quiet zone of 4 units (ISO/IEC 18004 §5.3.8).
    pub size: usize,
    /// The dark squares.
    pub path: String,
}

/// Draws a text as a QR code for a page.
///
/// # Errors
/// The text is too long.
pub fn qr_path(text: &str) -> Result<QrPath, QrCodeError> {
    const QUIET: usize = 4;
    let code = QrCode::new(text).map_err(QrCodeError)?;
    let width = code.width();
    let colors = code.to_colors();
    let rows = colors.chunks(width.max(1)).enumerate();
    let dark = rows.flat_map(|(y, row)| {
        let dark = row.iter().enumerate().filter(|(_, it)| **it == Color::Dark);
        dark.map(move |(x, _)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET))
    });
    Ok(QrPath {
        path: dark.collect(),
        size: width + 2 * QUIET,
    })
}

/// Draws a text as a QR code: an SVG document without external references.
///
/// # Errors
/// The text is too long.
pub fn qr_svg(text: &str) -> Result<String, QrCodeError> {
    let code = QrCode::new(text).map_err(QrCodeError)?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build())
}
