//! Secrets that are given by a setting or by a file.

use secrecy::SecretString;

use super::{Reloadable, reader::SettingReader};

/// Reads the secret of `setting` from the setting, or from the file that `{setting}_file` names.
pub(super) fn read(
    reader: &mut SettingReader,
    setting: &str,
    parse: fn(&str) -> Result<SecretString, String>,
) -> Option<Reloadable<SecretString>> {
    let origin = reader.origin(setting);
    let file_setting = format!("{setting}_file");
    let from_file = reader.optional(&file_setting, |path| {
        Reloadable::from_file(&file_setting, path, parse)
    });
    let inline = reader.optional(setting, parse).map(Reloadable::from);
    if inline.is_some() && from_file.is_some() {
        // The fault of a setting in an array of tables has the name of the table already.
        let other = file_setting.rsplit("].").next().unwrap_or(&file_setting);
        reader.fault(setting, &origin, format!("and {other} are both set"));
    }
    inline.or(from_file)
}

/// Returns whether the setting or the setting of its file is given.
pub(super) fn is_set(reader: &SettingReader, setting: &str) -> bool {
    reader.is_set(setting) || reader.is_set(&format!("{setting}_file"))
}
