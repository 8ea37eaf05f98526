//! What the previews of pages and mails have in common.

use std::{fs, path::Path};

use super::{CommandFailure, print};
use crate::locale::Locale;

/// Parses the option `--language`.
pub(super) fn language(tag: &str) -> Result<Locale, String> {
    Locale::of_tag(tag).ok_or_else(|| {
        let tags = Locale::ALL.map(Locale::tag);
        format!("must be one of {}", tags.join(", "))
    })
}

/// Writes a preview to the file of `--output`, or else to standard output.
pub(super) fn write(preview: &str, output: Option<&Path>) -> Result<(), CommandFailure> {
    let Some(file) = output else {
        return print(preview.trim_end());
    };
    fs::write(file, preview).map_err(|error| {
        let kind = error.kind();
        CommandFailure::new(format!("{} cannot be written: {kind}", file.display()))
    })
}
