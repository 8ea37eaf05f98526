//! Reads the files of a folder that replace built-in templates.

use std::{fs, io, path::Path};

/// A file that replaces a built-in template.
#[derive(Debug, Clone)]
pub struct TemplateFile<T> {
    /// The file name.
    pub name: String,
    /// The content.
    pub source: String,
    /// The template that the name stands for.
    pub target: T,
}

/// Reads every file of `folder`, in the order of their names. `target` parses a file name. Names that start
/// with a dot are skipped: they belong to editors and to mounted volumes. Returns the files and the problems.
pub fn read_folder<T>(
    folder: &Path,
    target: impl Fn(&str) -> Result<T, String>,
) -> (Vec<TemplateFile<T>>, Vec<String>) {
    let names = match file_names(folder) {
        Ok(names) => names,
        Err(error) => return (Vec::new(), vec![unreadable("the folder", &error)]),
    };
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        let file = target(&name).and_then(|target| {
            let source = fs::read_to_string(folder.join(&name));
            let source = source.map_err(|error| unreadable(&name, &error))?;
            Ok(TemplateFile {
                name,
                source,
                target,
            })
        });
        match file {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    (files, problems)
}

fn file_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn unreadable(name: &str, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        io::ErrorKind::PermissionDenied => "this user has no permission".to_owned(),
        kind => kind.to_string(),
    };
    format!("{name} cannot be read: {reason}")
}
