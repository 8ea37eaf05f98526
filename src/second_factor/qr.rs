//! QR codes of `otpauth` URIs.

use qrcode::{QrCode, render::svg, types::QrError};

/// The URI is too long for a QR code. Always a fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the QR code cannot be drawn: {0}")]
pub struct QrCodeError(QrError);

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
