//! The files that replace templates: `<mail>.<language>.<part>`, `<mail>.<part>`, `layout.<part>`.

use std::{fs, io, path::Path};

use super::{LAYOUT, MailPart, TemplateContext};
use crate::locale::Locale;

/// A template that somebody wrote.
pub(super) struct TemplateFile {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) part: MailPart,
    /// `None` where it is for all of them.
    mail: Option<&'static str>,
    locale: Option<Locale>,
}

impl TemplateFile {
    /// Whether this mail may be written with it.
    pub(super) fn is_for(&self, words: &TemplateContext) -> bool {
        self.mail.is_none_or(|mail| mail == words.mail)
            && self.locale.is_none_or(|locale| locale.tag() == words.lang)
    }
}

/// Every template in that folder, and what cannot be one.
pub(super) fn read(folder: &Path, samples: &[TemplateContext]) -> (Vec<TemplateFile>, Vec<String>) {
    let names = match names(folder) {
        Ok(names) => names,
        Err(error) => return (Vec::new(), vec![cannot("the folder", &error)]),
    };
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        match file(folder, &name, samples) {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    (files, problems)
}

/// In order. Names that begin with a dot are others': of editors, and of mounted volumes.
fn names(folder: &Path) -> io::Result<Vec<String>> {
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

fn file(folder: &Path, name: &str, samples: &[TemplateContext]) -> Result<TemplateFile, String> {
    let words: Vec<_> = name.split('.').collect();
    let (first, language, extension) = match *words.as_slice() {
        [first, extension] => (first, None, extension),
        [first, language, extension] => (first, Some(language), extension),
        _ => return Err(format!("{name:?} is not the name of a template")),
    };
    let parts = [MailPart::Subject, MailPart::Text, MailPart::Html];
    let part = parts.into_iter().find(|part| part.extension() == extension);
    let part = part.ok_or_else(|| {
        format!("{name:?} is not the name of a template: it must end in .subject, .txt or .html")
    })?;
    let mails = samples.iter().map(|words| words.mail);
    let mail = match first {
        LAYOUT => None,
        _ => Some(mails.clone().find(|mail| *mail == first).ok_or_else(|| {
            format!("{name:?} is not the name of a template: no email is called {first:?}")
        })?),
    };
    let locale = match language {
        None => None,
        Some(tag) => Some(locale(tag).filter(|_| mail.is_some()).ok_or_else(|| {
            format!("{name:?} is not the name of a template: {tag:?} is not a language that this name can \
                     have")
        })?),
    };
    let source = fs::read_to_string(folder.join(name)).map_err(|error| cannot(name, &error))?;
    Ok(TemplateFile {
        name: name.to_owned(),
        source,
        part,
        mail,
        locale,
    })
}

/// The one of exactly this tag: there is one name for each template.
fn locale(tag: &str) -> Option<Locale> {
    let mut all = Locale::ALL.into_iter();
    all.find(|locale| locale.tag() == tag)
}

fn cannot(what: &str, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        io::ErrorKind::PermissionDenied => "this user has no permission".to_owned(),
        kind => kind.to_string(),
    };
    format!("{what} cannot be read: {why}")
}
