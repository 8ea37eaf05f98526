//! Contrast of the built-in style sheet, computed as in WCAG 2.2.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../style.css");

/// Relative luminance (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = u8::from_str_radix(colour.get(at..at + 2).unwrap(), 16).unwrap();
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    assert_eq!(colour.len(), 7, "{colour}");
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colours of each `:root` of the style sheet, by name.
fn palettes() -> Vec<BTreeMap<&'static str, &'static str>> {
    let roots = STYLE.split(":root {").skip(1);
    let roots = roots.map(|root| root.split('}').next().unwrap());
    let palette = |root: &'static str| {
        let lines = root.lines().map(str::trim);
        let colours = lines.filter_map(|line| line.strip_prefix("--")?.strip_suffix(';'));
        colours
            .filter_map(|colour| colour.split_once(": "))
            .collect()
    };
    roots.map(palette).collect()
}

#[test]
fn contrast_suffices_in_light_and_dark_mode() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    let palettes = palettes();
    let names: Vec<Vec<_>> = palettes.iter().map(|it| it.keys().collect()).collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], names[1]);
    // Text needs 4.5, borders of controls need 3 (WCAG 2.2 §1.4.3, §1.4.11).
    let pairs = [
        ("text", "page", 7.0),
        ("text", "card", 7.0),
        ("text", "note", 7.0),
        ("soft", "page", 4.5),
        ("soft", "card", 4.5),
        ("action-label", "action", 4.5),
        ("action-label", "action-hover", 4.5),
        ("action", "card", 4.5),
        ("action-hover", "note", 4.5),
        ("flaw", "card", 4.5),
        ("edge", "card", 3.0),
        ("action", "page", 3.0),
    ];
    for (palette, mode) in palettes.iter().zip(["light", "dark"]) {
        for (foreground, background, least) in pairs {
            let reached = contrast(palette[foreground], palette[background]);
            assert!(
                reached >= least,
                "{foreground} on {background} in {mode} mode: {reached:.2}"
            );
        }
    }
}
