//! The accent color of the hosted pages, and the legible colors that are derived from it.

use std::fmt;

/// The least contrast of text (WCAG 2.2 §1.4.3, level AA).
const LEAST_CONTRAST: f64 = 4.5;

/// The distance, in percent, from the color of a button to its color below the pointer.
const HOVER_DISTANCE: u32 = 18;

/// A color in sRGB.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Color([u8; 3]);

const BLACK: Color = Color([0; 3]);
const WHITE: Color = Color([255; 3]);

/// The colors of a mode of the built-in style sheet.
struct Mode {
    /// The colors behind buttons and links: `--card`, `--page` and `--note`.
    backgrounds: [Color; 3],
    /// The color of the most contrast with the backgrounds.
    extreme: Color,
}

const LIGHT: Mode = Mode {
    backgrounds: [WHITE, Color([0xf3, 0xf4, 0xf6]), Color([0xee, 0xf1, 0xf5])],
    extreme: BLACK,
};

const DARK: Mode = Mode {
    backgrounds: [
        Color([0x1b, 0x20, 0x26]),
        Color([0x12, 0x15, 0x19]),
        Color([0x26, 0x2d, 0x36]),
    ],
    extreme: WHITE,
};

/// The colors of buttons and links in a mode.
struct Palette {
    /// The background of buttons, and the text of links: `--deed`.
    action: Color,
    /// The same below the pointer: `--over`.
    hover: Color,
    /// The text of buttons: `--said`.
    label: Color,
}

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
    fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Mixes `percent` of another color into this color. The hue stays if the other color is black or white.
    fn toward(self, other: Self, percent: u32) -> Self {
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

impl Mode {
    /// Returns the colors for an accent: the accent itself if it is legible, or else the nearest darker color in
    /// light mode, and the nearest lighter color in dark mode.
    fn palette(&self, accent: Color) -> Palette {
        let is_legible = |color: Color| {
            let contrasts = self.backgrounds.iter().map(|it| color.contrast(*it));
            contrasts.fold(f64::INFINITY, f64::min) >= LEAST_CONTRAST
        };
        let shades = (0..=100).map(|percent| accent.toward(self.extreme, percent));
        let action = shades.into_iter().find(|shade| is_legible(*shade));
        let action = action.unwrap_or(self.extreme);
        let hover = action.toward(self.extreme, HOVER_DISTANCE);
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
            ":root {{ --deed: {action}; --over: {hover}; --said: {label}; }}"
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Asserts that every text in the colors of an accent is legible.
    fn assert_legible(accent: Color) {
        for mode in [LIGHT, DARK] {
            let palette = mode.palette(accent);
            for color in [palette.action, palette.hover] {
                for background in mode.backgrounds {
                    let reached = color.contrast(background);
                    assert!(
                        reached >= 4.5,
                        "{accent}: {color} on {background}: {reached}"
                    );
                }
                let reached = palette.label.contrast(color);
                assert!(
                    reached >= 4.5,
                    "{accent}: {} on {color}: {reached}",
                    palette.label
                );
            }
        }
    }

    proptest! {
        #[test]
        fn every_accent_is_legible(color in any::<[u8; 3]>()) {
            assert_legible(Color(color));
        }
    }

    #[test]
    fn extreme_accents_are_legible() {
        let steps = [0, 1, 64, 127, 128, 191, 254, 255];
        for red in steps {
            for green in steps {
                for blue in steps {
                    assert_legible(Color([red, green, blue]));
                }
            }
        }
    }

    #[test]
    fn legible_accent_stays_as_it_is() {
        let style = Accent::parse("#1D5bb8").unwrap().style();
        assert!(style.starts_with(":root { --deed: #1d5bb8; "), "{style}");
        assert!(style.contains("--said: #ffffff; }\n"), "{style}");
        let yellow = Accent::parse("#ffd400").unwrap().style();
        let (light, dark) = yellow.split_once('\n').unwrap();
        assert!(!light.contains("#ffd400"), "{light}");
        assert!(dark.contains("--deed: #ffd400; "), "{dark}");
        assert!(dark.contains("--said: #000000; "), "{dark}");
    }

    #[test]
    fn only_six_hexadecimal_digits_are_a_color() {
        for bad in [
            "", "#", "1d5bb8", "#1d5bb", "#1d5bb88", "#+d5bb8", "#12345g", "red",
        ] {
            assert_eq!(Accent::parse(bad), Err(InvalidAccent), "{bad}");
        }
    }

    /// The colors of the modes are those of the style sheet.
    #[test]
    fn backgrounds_are_those_of_the_style_sheet() {
        let style = include_str!("../pages/view/style.css");
        let roots: Vec<_> = style.split(":root {").skip(1).collect();
        assert_eq!(roots.len(), 2);
        for (root, mode) in roots.iter().zip([LIGHT, DARK]) {
            let names = ["card", "page", "note"].iter();
            for (name, color) in names.zip(mode.backgrounds) {
                let line = format!("  --{name}: {color};\n");
                assert!(root.contains(&line), "{line}");
            }
        }
    }
}
