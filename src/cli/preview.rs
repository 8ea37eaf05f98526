//! Options and output of the previews of pages and mails.

use std::{fs, io, path::Path};

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
        let problem = match (error.kind(), file.parent()) {
            (io::ErrorKind::NotFound, Some(folder)) if folder != Path::new("") => format!(
                "the folder {} does not exist. Create it first",
                folder.display()
            ),
            (kind, _) => kind.to_string(),
        };
        CommandFailure::new(format!("{} cannot be written: {problem}", file.display()))
    })
}
