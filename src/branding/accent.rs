//! The accent color of the hosted pages, and the legible colors that are derived from it.

mod color;

use std::fmt;

use self::color::{BLACK, Color, WHITE};

/// The least contrast of text (WCAG 2.2 §1.4.3, level AA).
const LEAST_CONTRAST: f64 = 4.5;

/// The distance, in percent, from the color of a button to its color below the pointer.
const HOVER_DISTANCE: u32 = 18;

/// The contrast below which a button and its color below the pointer look alike.
const VISIBLE_HOVER_CONTRAST: f64 = 1.1;

/// The colors of a mode of the built-in style sheet.
struct Mode {
    /// The colors behind buttons and links: `--card`, `--page` and `--note`.
    backgrounds: [Color; 3],
    /// The color of the most contrast with the backgrounds.
    extreme: Color,
    /// The color of the least contrast with the backgrounds.
    opposite: Color,
}

const LIGHT: Mode = Mode {
    backgrounds: [WHITE, Color([0xf3, 0xf4, 0xf6]), Color([0xee, 0xf1, 0xf5])],
    extreme: BLACK,
    opposite: WHITE,
};

const DARK: Mode = Mode {
    backgrounds: [
        Color([0x1b, 0x20, 0x26]),
        Color([0x12, 0x15, 0x19]),
        Color([0x26, 0x2d, 0x36]),
    ],
    extreme: WHITE,
    opposite: BLACK,
};

/// The colors of buttons and links in a mode.
struct Palette {
    /// The background of buttons, and the text of links: `--action`.
    action: Color,
    /// The same below the pointer: `--action-hover`.
    hover: Color,
    /// The text of buttons: `--action-label`.
    label: Color,
}

impl Mode {
    /// Returns whether a color is legible on every background.
    fn is_legible(&self, color: Color) -> bool {
        let contrasts = self.backgrounds.iter().map(|it| color.contrast(*it));
        contrasts.fold(f64::INFINITY, f64::min) >= LEAST_CONTRAST
    }

    /// Returns the color of buttons: the accent itself if it is legible, or else the nearest darker color in light mode,
    /// and the nearest lighter color in dark mode. An accent without hue becomes black or white instead: no hue would be
    /// kept, and a gray button looks disabled.
    fn action(&self, accent: Color) -> Color {
        if accent.is_gray() && !self.is_legible(accent) {
            return self.extreme;
        }
        let mut shades = (0..=100).map(|percent| accent.toward(self.extreme, percent));
        let legible = shades.find(|shade| self.is_legible(*shade));
        legible.unwrap_or(self.extreme)
    }

    /// Returns the color of buttons below the pointer: one with more contrast to the backgrounds, or with less if the
    /// first looks like the button and the second is legible.
    fn hover(&self, action: Color) -> Color {
        let stronger = action.toward(self.extreme, HOVER_DISTANCE);
        let weaker = action.toward(self.opposite, HOVER_DISTANCE);
        if action.contrast(stronger) < VISIBLE_HOVER_CONTRAST && self.is_legible(weaker) {
            weaker
        } else {
            stronger
        }
    }

    /// Returns the colors for an accent.
    fn palette(&self, accent: Color) -> Palette {
        let action = self.action(accent);
        let hover = self.hover(action);
        let least = |label: Color| label.contrast(action).min(label.contrast(hover));
        let label = if least(WHITE) >= least(BLACK) {
            WHITE
        } else {
            BLACK
        };
        Palette {
            action,
            hover,
            label,
        }
    }
}

impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            action,
            hover,
            label,
        } = self;
        write!(
            f,
            ":root {{ --action: {action}; --action-hover: {hover}; --action-label: {label}; }}"
        )
    }
}

/// The reason why a text is not a color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a color such as #1d5bb8: # and 6 hexadecimal digits")]
pub struct InvalidAccent;

/// The color of buttons and links.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Accent(Color);

impl Accent {
    /// Parses a color of the form `#rrggbb`.
    ///
    /// # Errors
    /// The text has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidAccent> {
        let digits = text.strip_prefix('#').ok_or(InvalidAccent)?;
        let is_hex = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).map_err(|_| InvalidAccent)?;
        let [_, color @ ..] = number.to_be_bytes();
        if is_hex {
            Ok(Self(Color(color)))
        } else {
            Err(InvalidAccent)
        }
    }

    /// Returns the end of a style sheet: the variables of the colors of buttons and links, in light and dark mode. All
    /// text in these colors or on them has a contrast of at least 4.5:1.
    pub fn style(self) -> String {
        let (light, dark) = (LIGHT.palette(self.0), DARK.palette(self.0));
        format!("{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n")
    }
}

impl fmt::Debug for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accent({})", self.0)
    }
}

#[cfg(test)]
mod tests;
