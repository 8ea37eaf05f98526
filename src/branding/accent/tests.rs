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
        let Palette { action, hover, .. } = palette;
        let difference = action.contrast(hover);
        assert!(
            difference >= 1.07,
            "{accent}: {hover} over {action}: {difference}"
        );
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
    assert!(style.starts_with(":root { --action: #1d5bb8; "), "{style}");
    assert!(style.contains("--action-label: #ffffff; }\n"), "{style}");
    let yellow = Accent::parse("#ffd400").unwrap().style();
    let (light, dark) = yellow.split_once('\n').unwrap();
    assert!(!light.contains("#ffd400"), "{light}");
    assert!(dark.contains("--action: #ffd400; "), "{dark}");
    assert!(dark.contains("--action-label: #000000; "), "{dark}");
}

/// A color without hue has no hue to keep where it is illegible.
#[test]
fn black_and_white_become_the_legible_extreme_and_not_gray() {
    for (accent, light, dark) in [
        ("#000000", "#000000", "#ffffff"),
        ("#0c0a0d", "#0c0a0d", "#ffffff"),
        ("#ffffff", "#000000", "#ffffff"),
        ("#f8f9fa", "#000000", "#f8f9fa"),
    ] {
        let style = Accent::parse(accent).unwrap().style();
        let (in_light, in_dark) = style.split_once('\n').unwrap();
        for (mode, action) in [(in_light, light), (in_dark, dark)] {
            assert!(
                mode.contains(&format!("--action: {action}; ")),
                "{accent}: {mode}"
            );
        }
    }
    let style = Accent::parse("#000000").unwrap().style();
    let (light, dark) = style.split_once('\n').unwrap();
    assert!(
        light.contains("--action-hover: #2d2d2d; --action-label: #ffffff; "),
        "{light}"
    );
    assert!(
        dark.contains("--action-hover: #d1d1d1; --action-label: #000000; "),
        "{dark}"
    );
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
    let style = include_str!("../../pages/view/style.css");
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
