//! The built-in templates, and the files that replace them.

use std::{borrow::Cow, collections::BTreeSet, fmt::Write, path::Path};

use super::{brand::page_brand, page::Page, samples, start_tags::start_tags};
use crate::{
    branding::Accent,
    config::{Config, ConfigErrors, Issuer},
    locale::{Locale, Localizer, Translations},
    templates::{
        BUILT_IN, Dialect, PageTemplates, TemplateError, TemplateFile, Templates, escape_html,
        read_folder,
    },
};

macro_rules! templates {
    ($($name:literal)*) => {
        &[$(($name, include_str!($name)),)*]
    };
}

/// The names and the sources of the built-in templates.
pub(super) const TEMPLATES: &[(&str, &str)] = templates!(
    "action-completed.html"
    "account-confirm.html"
    "account-deleted.html"
    "account-email.html"
    "account-passkey-name.html"
    "account-passkey.html"
    "account-password.html"
    "account-profile.html"
    "account-recovery-codes.html"
    "account-row.html"
    "account-security.html"
    "account-totp.html"
    "account.html"
    "admin-act.html"
    "admin-create.html"
    "admin-events.html"
    "admin-keys.html"
    "admin-layout.html"
    "admin-records.html"
    "admin-user.html"
    "admin-users.html"
    "choose-account.html"
    "choose-password.html"
    "complete-sign-up.html"
    "confirm-email.html"
    "confirm-login.html"
    "email-field.html"
    "error.html"
    "forgot-password.html"
    "form-post-relay.html"
    "home.html"
    "layout.html"
    "link-required.html"
    "log-out-everywhere.html"
    "log-out.html"
    "logged-in.html"
    "logged-out.html"
    "login-landing.html"
    "login-link.html"
    "login.html"
    "mail-sent.html"
    "passkey-button.html"
    "passkey-creation.html"
    "passkey-offer.html"
    "password-field.html"
    "provider-email.html"
    "provider-mark.html"
    "second-factor.html"
    "sign-up.html"
    "token-missing.html"
);

const STYLE: &str = include_str!("style.css");
/// The file that replaces the style sheet.
const STYLE_FILE: &str = "style.css";
/// The file whose content is added to the style sheet.
const EXTRA_STYLE_FILE: &str = "extra.css";

/// The setting that names the folder of the files.
const SETTING: &str = "pages.templates";
/// An attribute that values of samples contain.
const INJECTED: &str = "injected";
/// The remedy for a faulty file.
const REMEDY: &str = "Correct the file, or remove it to use the built-in one";

/// The part that a file replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageTarget {
    Template,
    Style,
    ExtraStyle,
}

impl PageTarget {
    fn parse(name: &str) -> Result<Self, String> {
        match name {
            STYLE_FILE => Ok(Self::Style),
            EXTRA_STYLE_FILE => Ok(Self::ExtraStyle),
            _ if TEMPLATES.iter().any(|(known, _)| *known == name) => Ok(Self::Template),
            _ => {
                let names: Vec<_> = TEMPLATES.iter().map(|(name, _)| *name).collect();
                Err(format!(
                    "{name:?} is not the name of a page template. Rename or remove the file; the names are {}, \
                     {STYLE_FILE} and {EXTRA_STYLE_FILE}",
                    names.join(", ")
                ))
            }
        }
    }
}

/// Reads the templates of the pages: the files in the folder `pages.templates`, and the built-in templates for the
/// rest. If there are files, renders samples of every page in every language.
///
/// # Errors
/// A file has an unknown name, or cannot be read, parsed or rendered, a form lacks its `method` or `action`, or a value
/// is in an attribute without quotes.
pub fn read_templates(config: &Config) -> Result<PageTemplates, ConfigErrors> {
    let brand = page_brand(&config.pages);
    let accent = config.pages.accent.map(Accent::style);
    let accent = accent.unwrap_or_default();
    let Some(folder) = &config.pages.templates else {
        return Ok(build(&[], &accent).0.with_brand(brand));
    };
    let templates = read(folder, &accent, &config.issuer);
    let templates = templates.map(|templates| templates.with_brand(brand));
    templates
        .map_err(|problems| config.with_origins(ConfigErrors::of_folder(SETTING, folder, problems)))
}

/// The built-in templates alone.
#[cfg(test)]
pub(super) fn built_in() -> PageTemplates {
    build(&[], "").0
}

/// The templates of `folder`, or the problems of its files. `accent` is added to the style sheet.
pub(super) fn read(
    folder: &Path,
    accent: &str,
    issuer: &Issuer,
) -> Result<PageTemplates, Vec<String>> {
    let (files, mut problems) = read_folder(folder, PageTarget::parse);
    let (templates, errors) = build(&files, accent);
    problems.extend(errors.iter().map(|error| format!("{error}. {REMEDY}")));
    problems.extend(files.iter().filter_map(style_problem));
    if problems.is_empty() && !files.is_empty() {
        problems = sample_problems(&templates, issuer);
    }
    if problems.is_empty() {
        Ok(templates)
    } else {
        Err(problems)
    }
}

/// The built-in templates with `files` in the place of those that they replace.
fn build(files: &[TemplateFile<PageTarget>], accent: &str) -> (PageTemplates, Vec<TemplateError>) {
    let built_in = TEMPLATES.iter();
    let sources = built_in.map(|(name, source)| ((*name).to_owned(), Cow::Borrowed(*source)));
    // Parsed only if a file may refer to them.
    let replaceable = TEMPLATES.iter().filter(|_| !files.is_empty());
    let sources = sources.chain(
        replaceable.map(|(name, source)| (format!("{BUILT_IN}{name}"), Cow::Borrowed(*source))),
    );
    let replaced = files
        .iter()
        .filter(|file| file.target == PageTarget::Template);
    let replaced = replaced.map(|file| (file.name.clone(), Cow::Owned(file.source.clone())));
    let (templates, errors) = Templates::new(Dialect::Page, sources.chain(replaced));
    let of = |target| files.iter().find(|file| file.target == target);
    let style = of(PageTarget::Style).map_or(STYLE, |file| &file.source);
    let extra = of(PageTarget::ExtraStyle).map_or("", |file| &file.source);
    (
        PageTemplates::new(templates, &format!("{style}{accent}{extra}")),
        errors,
    )
}

/// A style sheet is written into the page as it is.
fn style_problem(file: &TemplateFile<PageTarget>) -> Option<String> {
    let is_style = file.target != PageTarget::Template;
    let problem = if file.source.to_ascii_lowercase().contains("</style") {
        "`</style` would end the style sheet"
    } else if file.source.contains('\0') {
        // Browsers replace the character before they hash the text.
        "contains a NUL character"
    } else {
        return None;
    };
    is_style.then(|| format!("{}: {problem}. {REMEDY}", file.name))
}

/// The first problem of each template with samples of every page in every language.
pub(super) fn sample_problems(templates: &PageTemplates, issuer: &Issuer) -> Vec<String> {
    let translations = Translations::built_in();
    let hostile = format!("{} {INJECTED}={INJECTED} ", samples::NAME);
    let (mut faulty, mut problems) = (BTreeSet::new(), Vec::new());
    for locale in Locale::ALL {
        let localizer = translations.of(locale);
        let pages = samples::pages(issuer, samples::NAME).into_iter();
        for ((sample, page), (_, hostile)) in pages.zip(samples::pages(issuer, &hostile)) {
            let tried = try_page(templates, &localizer, issuer, &page)
                .and_then(|_| find_unquoted_value(templates, &localizer, issuer, &hostile));
            if let Err((template, problem)) = tried
                && faulty.insert(template)
            {
                let tag = locale.tag();
                problems.push(format!("{problem} ({sample}, {tag}). {REMEDY}"));
            }
        }
    }
    problems
}

/// Renders a page. Returns the name of a faulty template, and the problem.
fn try_page(
    templates: &PageTemplates,
    localizer: &Localizer,
    issuer: &Issuer,
    page: &Page,
) -> Result<String, (String, String)> {
    let context = page.context(templates, localizer, issuer);
    let html = templates.try_render(page.template(), &context);
    let html = html.map_err(|error| (error.template.clone(), error.to_string()))?;
    match page.form_action() {
        Some(action) if !posts_to(&html, &action) => {
            let name = page.template().to_owned();
            let problem =
                format!("{name}: has no form with method=\"post\" and action=\"{{{{ action }}}}\"");
            Err((name, problem))
        }
        _ => Ok(html),
    }
}

/// Returns whether a form of the page posts to `action`. Without the method, browsers write passwords into the URL.
fn posts_to(html: &str, action: &str) -> bool {
    let action = escape_html(action);
    let posts = |method: &str| method.eq_ignore_ascii_case("post");
    start_tags(html).iter().any(|tag| {
        tag.name == "form"
            && tag.attribute("method").is_some_and(posts)
            && tag.attribute("action") == Some(&action)
    })
}

/// Renders a page whose values contain [`INJECTED`]. Returns the name of a template that puts a value into an
/// attribute without quotes, and the problem. Escaping does not protect such an attribute.
fn find_unquoted_value(
    templates: &PageTemplates,
    localizer: &Localizer,
    issuer: &Issuer,
    page: &Page,
) -> Result<(), (String, String)> {
    let context = page.context(templates, localizer, issuer);
    let html = templates.try_render(page.template(), &context);
    // A template may expect other values. At run time, the built-in template replaces it then.
    let html = html.unwrap_or_default();
    let injects = start_tags(&html);
    let mut injects = injects.iter().map(|tag| tag.attribute(INJECTED));
    if injects.any(|value| value.is_some()) {
        let name = page.template().to_owned();
        let problem = format!("{name}: a value is in an attribute without quotes");
        return Err((name, problem));
    }
    Ok(())
}

/// The names of the samples, one a line, or the HTML of the sample `name` in the language `locale`.
///
/// # Errors
/// No sample has this name. Returns a message with the names.
pub fn preview(
    templates: &PageTemplates,
    issuer: &Issuer,
    name: Option<&str>,
    locale: Locale,
) -> Result<String, String> {
    let samples = samples::pages(issuer, samples::NAME);
    let Some(name) = name else {
        let mut list = String::new();
        for (sample, page) in &samples {
            // Writing to a string cannot fail.
            let _ = writeln!(list, "{sample:<30} {}", page.template());
        }
        return Ok(list);
    };
    let found = samples.iter().find(|(sample, _)| *sample == name);
    let (_, page) = found.ok_or_else(|| {
        let names: Vec<_> = samples.iter().map(|(sample, _)| *sample).collect();
        let names = names.join(", ");
        format!("no page is called {name:?}. Use one of {names}")
    })?;
    let localizer = Translations::built_in().of(locale);
    try_page(templates, &localizer, issuer, page).map_err(|(_, problem)| problem)
}
