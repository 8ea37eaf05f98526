//! Pages of a service with a name, a logo, an accent color and links.

use std::{fs, path::Path};

use super::{document::Document, *};
use crate::config::{Config, FlagSettings, SettingSources};

/// The templates of a service with these settings.
fn branded(settings: &str) -> PageTemplates {
    let sources = SettingSources::new(("signet.toml", settings), [], FlagSettings::default());
    let config = Config::load(sources.unwrap()).unwrap();
    read_templates(&config).unwrap()
}

/// The settings of a brand. The file of the logo is in `folder`.
fn settings(folder: &Path) -> String {
    let logo = folder.join("logo.svg");
    fs::write(&logo, "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    format!(
        "[pages]\nname = 'Müller & <b>Söhne</b>'\nlogo = '{}'\naccent = '#ffd400'\n\
         privacy_url = 'https://example.com/privacy?a=1&b=2#top'\nterms_url = 'https://example.com/terms'\n",
        logo.display()
    )
}

#[test]
fn every_page_shows_the_brand() {
    let folder = tempfile::tempdir().unwrap();
    let templates = branded(&settings(folder.path()));
    for locale in Locale::ALL {
        let localizer = localizer(locale);
        for (name, page) in samples::pages(&issuer(), "Acme") {
            let page = page.render(&templates, &localizer, &issuer());
            let policy = header(&page, "content-security-policy").unwrap().to_owned();
            let html = html(page);
            let document = Document::of(&html);
            document.assert_loads_nothing(name);
            assert!(!html.contains("auth.example.com<"), "{name}: {html}");
            let title = document.texts_of("title").concat();
            assert!(
                title.ends_with(" · Müller & <b>Söhne</b>"),
                "{name}: {title}"
            );
            let header = document.texts_of("header").concat();
            assert_eq!(header, "Müller & <b>Söhne</b>", "{name}");
            let logo = "<header><img src=\"https://auth.example.com/tenant/logo\" alt=\"\">";
            assert!(html.contains(logo), "{name}: {html}");
            let foot = document.texts_of("footer").concat();
            let [privacy, terms] = ["page-footer-privacy", "page-footer-terms"];
            assert_eq!(
                foot.split_whitespace().collect::<Vec<_>>(),
                [localizer.text(privacy), localizer.text(terms)],
                "{name}"
            );
            let urls = document.urls();
            for url in [
                "https://example.com/privacy?a=1&b=2#top",
                "https://example.com/terms",
            ] {
                assert!(urls.iter().any(|it| it == url), "{name}: {urls:?}");
            }
            // The accent is part of the style sheet that the policy allows.
            let style = document.texts_of("style").concat();
            assert!(style.contains("--action: #ffd400"), "{name}");
            let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
            assert!(
                policy.contains(&format!("style-src 'sha256-{hash}'")),
                "{name}"
            );
        }
    }
}

#[test]
fn service_without_a_brand_is_called_by_its_host() {
    let english = localizer(Locale::English);
    let page = html(render(
        LoginLandingPage {
            forgot: None,
            sign_up: None,
        },
        &english,
    ));
    let document = Document::of(&page);
    assert_eq!(document.texts_of("header").concat(), "auth.example.com");
    assert!(document.tags("img").is_empty());
    assert!(document.tags("footer").is_empty());
    let [icon] = document.tags("link")[..] else {
        panic!("{page}");
    };
    assert_eq!(
        icon.attributes["href"],
        "https://auth.example.com/tenant/favicon.ico"
    );
}
