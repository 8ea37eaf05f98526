mod colours;
mod document;
mod samples;
mod words;

use std::{fs, path::Path};

use axum::{
    body::to_bytes,
    http::header::{CONTENT_TYPE, RETRY_AFTER},
};
use futures_util::FutureExt;
use proptest::prelude::*;

use self::{
    document::Document,
    samples::{all, app, issuer, localizer, own, pages, refused},
};
use super::*;
use crate::{
    http::problem::{Code, RecordedRefusal},
    locale::Locale,
};

fn html(page: Response) -> String {
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    let body = to_bytes(page.into_body(), usize::MAX);
    let body = body.now_or_never().unwrap().unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

fn header<'a>(page: &'a Response, name: &str) -> Option<&'a str> {
    page.headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

#[test]
fn the_policy_of_a_page_admits_the_texts_in_it_and_nothing_else() {
    for (_, name, page) in all("Acme") {
        let policy = header(&page, "content-security-policy").unwrap().to_owned();
        let document = Document::of(&html(page));
        let admitted = |texts: Vec<String>| {
            let hash = |text: &String| STANDARD.encode(digest(&SHA256, text.as_bytes()));
            let hashes = texts.iter().map(|text| format!(" 'sha256-{}'", hash(text)));
            hashes.collect::<String>()
        };
        let directives: Vec<_> = policy.split("; ").collect();
        let styles = admitted(document.texts_of("style"));
        assert!(
            directives.contains(&&*format!("style-src{styles}")),
            "{name}: {policy}"
        );
        let scripts = admitted(document.texts_of("script"));
        let script_src = directives.iter().find(|it| it.starts_with("script-src"));
        if scripts.is_empty() {
            assert_eq!(script_src, None, "{name}: {policy}");
        } else {
            assert_eq!(
                *script_src.unwrap(),
                format!("script-src{scripts}"),
                "{name}"
            );
        }
        for always in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(directives.contains(&always), "{name}: {policy}");
        }
        document.assert_loads_nothing(&name);
    }
}

#[test]
fn what_a_form_may_lead_to_and_who_may_hold_the_window_is_said_by_each_page() {
    for (_, name, page) in all("Acme") {
        let (form, keeps_opener) = match name.as_str() {
            "address" | "address-wrong" | "confirm-address" => (Some("'self'"), false),
            "finish" | "login-link" => (Some(""), false),
            "signed-up" | "password-reset" | "address-changed" => (None, false),
            "login-none" | "login-providers" => (None, true),
            "repost" => (Some(""), true),
            name if name.contains("-password") && !name.starts_with("login") => {
                (Some("'self'"), false)
            }
            name if name.starts_with("forgot") || name.starts_with("sign-up") => {
                (Some("'self'"), true)
            }
            name if name.starts_with("login") => (Some(""), true),
            _ => (None, true),
        };
        let referrer = form.map(|_| "same-origin");
        let opener = (!keeps_opener).then_some("same-origin");
        let form = form.unwrap_or("'none'");
        let policy = header(&page, "content-security-policy").unwrap();
        let action = policy
            .split("; ")
            .find_map(|it| it.strip_prefix("form-action "));
        assert_eq!(action.unwrap_or_default(), form, "{name}");
        assert_eq!(header(&page, "referrer-policy"), referrer, "{name}");
        assert_eq!(
            header(&page, "cross-origin-opener-policy"),
            opener,
            "{name}"
        );
        let has_form = !Document::of(&html(page)).tags("form").is_empty();
        assert_eq!(has_form, referrer.is_some(), "{name}");
    }
}

/// A script that does not find what it looks for ends there, and what it would have shown stays
/// hidden.
#[test]
fn what_a_script_looks_for_is_on_the_page() {
    for (_, name, page) in all("Acme") {
        let document = Document::of(&html(page));
        let scripts = document.texts_of("script").concat();
        let by_id = scripts.split("getElementById(\"").skip(1);
        for id in by_id.map(|rest| rest.split('"').next().unwrap()) {
            assert!(document.has_id(id), "{name}: {id}");
        }
        assert!(
            scripts.is_empty() || document.tags("form").len() == 1,
            "{name}"
        );
        let reads = |what: &str| scripts.contains(what);
        let pressed = document.tags("button").into_iter();
        let pressed = pressed.filter(|button| button.attributes.contains_key("aria-pressed"));
        assert_eq!(pressed.count() > 0, reads("aria-pressed"), "{name}");
        assert!(
            !reads("elements.token") || document.has_field("token"),
            "{name}"
        );
    }
}

#[test]
fn every_page_can_be_read_by_everybody() {
    for (locale, name, page) in all("Acme") {
        assert_eq!(header(&page, "content-language"), Some(locale.tag()));
        assert_eq!(header(&page, "vary"), Some("accept-language"));
        Document::of(&html(page)).assert_accessible(&name, locale);
    }
}

#[test]
fn statuses_are_those_of_what_happened() {
    for (_, name, page) in all("Acme") {
        let status = match name.as_str() {
            "mailed" | "mailed-for-here" => 202,
            "login-wrong" => 401,
            "login-no-password" | "login-address" | "address-wrong" | "forgot-wrong" => 422,
            _ if name.starts_with("sign-up-") || name.starts_with("new-password-") => 422,
            "log-in-and-link" => 409,
            "trouble-app"
            | "trouble-over"
            | "trouble-other-browser"
            | "trouble-link-over"
            | "trouble-opened-elsewhere" => 400,
            "trouble-foreign-form" => 403,
            "trouble-no-such-provider" => 404,
            "trouble-too-often" => 429,
            "trouble-away" | "trouble-busy" => 503,
            "trouble-broken" => 500,
            _ => 200,
        };
        assert_eq!(page.status(), status, "{name}");
    }
}

#[test]
fn a_problem_as_a_page_says_and_counts_what_the_problem_does() {
    let plain = refused(200).into_response();
    let page = ErrorPage::of(localizer(Locale::English), &issuer(), refused(200)).into_response();
    assert_eq!(page.status(), plain.status());
    let refusal = |of: &Response| of.extensions().get::<RecordedRefusal>().copied();
    assert!(refusal(&page).is_some());
    assert_eq!(refusal(&page), refusal(&plain));
    assert_eq!(page.headers()[RETRY_AFTER], "200");
    for (name, value) in plain.headers().iter().filter(|it| it.0 != CONTENT_TYPE) {
        assert_eq!(page.headers().get(name), Some(value), "{name}");
    }
    for (seconds, words) in [
        (1, "in a moment."),
        (5, "in 5 seconds."),
        (89, "in 89 seconds."),
        (90, "in about 2 minutes."),
        (200, "in about 4 minutes."),
        (5400, "in about 2 hours."),
    ] {
        let page =
            ErrorPage::of(localizer(Locale::English), &issuer(), refused(seconds)).into_response();
        let text = html(page).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("Try again {words}")), "{text}");
    }
}

#[test]
fn people_are_told_what_goes_with_the_status_unless_the_route_knows_better() {
    let told = |code| ErrorPage::of(localizer(Locale::English), &issuer(), Problem::new(code)).told;
    assert_eq!(told(Code::UnknownClient), ErrorMessage::App);
    assert_eq!(told(Code::UnknownProvider), ErrorMessage::NoSuchProvider);
    assert_eq!(told(Code::RateLimited), ErrorMessage::TooOften);
    assert_eq!(told(Code::Unavailable), ErrorMessage::Busy);
    assert_eq!(told(Code::InternalError), ErrorMessage::Broken);
}

#[test]
fn links_and_forms_lead_exactly_where_they_should() {
    let all = pages(&localizer(Locale::English), "Acme").into_iter();
    let of = |page| Document::of(&html(page)).hrefs();
    let hrefs: Vec<_> = all.flat_map(|(_, page)| of(page)).collect();
    let ours = |href: &String| href.starts_with("https://auth.example.com/tenant/");
    for wanted in [own("/login/it"), own("/callback/apple"), app().unwrap()] {
        assert!(hrefs.contains(&wanted.to_string()), "{wanted}");
    }
    let app = app().unwrap().to_string();
    assert!(
        hrefs.iter().all(|href| ours(href) || *href == app),
        "{hrefs:?}"
    );
}

/// Texts made of what means something in HTML, in scripts and in URLs; each as a page shows it.
fn hostile() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "</script><script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        "\" autofocus onfocus=\"alert(1)",
        "' onmouseover='alert(1)",
        "javascript:alert(1)",
        "<!--",
        "-->",
        "]]>",
        "&lt;b&gt;",
        "&#60;script&#62;",
        "&notit;",
        "{{ issuer }}{% if true %}",
        "</title>",
        "</form><form action=//evil.example>",
        "`${alert(1)}`",
        "\u{fe64}script\u{fe65}",
    ]);
    let any = "[<>\"'&=/`;:#{}%a-z é💥-]{1,40}".prop_map(|text| text.trim().to_owned());
    prop::collection::vec(prop_oneof![known.prop_map(str::to_owned), any], 1..4)
        .prop_map(|texts| texts.concat())
        .prop_map(|text| DisplayText::of(&text).to_string())
}

#[test]
fn no_text_of_somebody_else_leaves_its_place() {
    let plain = Locale::ALL.map(|locale| {
        let localizer = localizer(locale);
        let pages = pages(&localizer, "Acme").into_iter();
        let pages = pages.map(|(name, page)| (name, Document::of(&html(page))));
        (localizer, pages.collect::<Vec<_>>())
    });
    let config = ProptestConfig::with_cases(64);
    proptest!(config, |(text in hostile(), which in 0..plain.len())| {
        let (localizer, plain) = &plain[which];
        for ((name, plain), (_, page)) in plain.iter().zip(pages(localizer, &text)) {
            let expected = plain.clone().with("Acme", &text);
            prop_assert_eq!(Document::of(&html(page)), expected, "{}", name);
        }
    });
}

/// A text of any length makes a page that is not much longer than the others.
#[test]
fn no_text_of_somebody_else_floods_a_page() {
    let long = "<".repeat(100_000);
    for (_, name, page) in all(&long) {
        let bounded_elsewhere = ["repost", "address", "login", "new-password"];
        let is_bounded_elsewhere = bounded_elsewhere.iter().any(|it| name.starts_with(it));
        let length = html(page).len();
        assert!(length < 20_000 || is_bounded_elsewhere, "{name}: {length}");
    }
}

/// Run on purpose: `cargo test --lib pages_are_written_down -- --ignored`.
#[test]
#[ignore = "it writes files to be looked at"]
fn pages_are_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp/pages");
    fs::create_dir_all(&folder).unwrap();
    let long = "Wörter & Sätze<br>".repeat(20) + &"W".repeat(40);
    let long = all(&long).map(|(locale, name, page)| (locale, name + "-long", page));
    for (locale, name, page) in all("Codeberg").chain(long) {
        let name = format!("{name}.{}", locale.tag());
        let headers = page.headers().iter();
        let headers = headers.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
        let headers: String = headers.collect();
        fs::write(folder.join(format!("{name}.headers")), headers).unwrap();
        fs::write(folder.join(format!("{name}.html")), html(page)).unwrap();
    }
}
