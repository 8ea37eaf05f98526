//! Colors in sRGB, with their luminance and contrast (WCAG 2.2).

use std::fmt;

/// The largest difference of two channels in a color without a visible hue.
const MOST_GRAY_CHROMA: u8 = 16;

/// A color in sRGB.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub(super) [u8; 3]);

pub(super) const BLACK: Color = Color([0; 3]);
pub(super) const WHITE: Color = Color([255; 3]);

impl Color {
    /// Returns the relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Returns the contrast ratio, from 1 to 21 (WCAG 2.2).
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Returns whether the color has no visible hue.
    pub(super) fn is_gray(self) -> bool {
        let [red, green, blue] = self.0;
        let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
        most - least <= MOST_GRAY_CHROMA
    }

    /// Mixes `percent` of another color into this color. The hue stays if the other color is black or white.
    pub(super) fn toward(self, other: Self, percent: u32) -> Self {
        let mix = |own: u8, other: u8| {
            let mixed = u32::from(own) * (100 - percent) + u32::from(other) * percent;
            u8::try_from(mixed / 100).unwrap_or(u8::MAX)
        };
        let [red, green, blue] = self.0;
        let [more_red, more_green, more_blue] = other.0;
        Self([
            mix(red, more_red),
            mix(green, more_green),
            mix(blue, more_blue),
        ])
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
