mod brand;
mod colours;
mod document;
mod overrides;
mod words;
mod written;

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::to_bytes,
    http::header::{CONTENT_TYPE, RETRY_AFTER},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::FutureExt;
use proptest::prelude::*;

use self::document::Document;
use super::{
    samples::{client_link, own, rate_limited},
    *,
};
use crate::{
    config::Issuer,
    http::problem::{Code, Problem, RecordedRefusal},
    locale::{Locale, Localizer, Translations},
    templates::PageTemplates,
};

static BUILT_IN: LazyLock<PageTemplates> = LazyLock::new(templates::built_in);

fn issuer() -> Issuer {
    Issuer::parse("https://auth.example.com/tenant").unwrap()
}

fn localizer(locale: Locale) -> Localizer {
    Translations::built_in().of(locale)
}

fn render(page: impl Into<Page>, localizer: &Localizer) -> Response {
    page.into().render(&BUILT_IN, localizer, &issuer())
}

/// Every page in this language, and the name of its sample.
fn pages(localizer: &Localizer, text: &str) -> Vec<(String, Response)> {
    let pages = samples::pages(&issuer(), text).into_iter();
    pages
        .map(|(name, page)| (name.to_owned(), render(page, localizer)))
        .collect()
}

/// Every page in every language, and the name of its sample.
fn all(text: &str) -> impl Iterator<Item = (Locale, String, Response)> {
    Locale::ALL.into_iter().flat_map(move |locale| {
        let pages = pages(&localizer(locale), text).into_iter();
        pages.map(move |(name, page)| (locale, name, page))
    })
}

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
fn the_policy_allows_the_inline_texts_of_the_page_only() {
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
            "img-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(directives.contains(&always), "{name}: {policy}");
        }
        document.assert_loads_nothing(&name);
    }
}

#[test]
fn form_action_and_opener_policy_fit_each_page() {
    for (_, name, page) in all("Acme") {
        let (form, keeps_opener) = match name.as_str() {
            "provider-email" | "provider-email-invalid" | "confirm-email" => {
                (Some("'self'"), false)
            }
            "complete-sign-up" | "login-link" | "choose-password" => (Some(""), false),
            "logged-in" | "account" => (Some("'self'"), false),
            "admin-keys" | "admin-clients" | "admin-health" | "admin-user" | "admin-user-own"
            | "admin-user-refused" => (None, false),
            name if name.starts_with("admin-events") => (None, false),
            name if name.starts_with("admin-") => (Some("'self'"), false),
            // The form contains no URI of a client, so it never redirects to one.
            "log-out-everywhere" | "home-logged-in" => (Some("'self'"), true),
            "signed-up" | "signed-up-at-client" | "password-reset" | "email-changed" => {
                (None, false)
            }
            "home" | "login-none" | "login-providers" | "login-landing" => (None, true),
            "form-post-relay"
            | "form-post-relay-logout"
            | "log-out"
            | "choose-account"
            | "choose-account-confirm" => (Some(""), true),
            name if name.starts_with("forgot") || name.starts_with("sign-up") => {
                (Some("'self'"), true)
            }
            // A form leads to a provider, or on to a client.
            "account-new"
            | "account-connected-taken"
            | "account-totp-wrong"
            | "account-totp-over"
            | "account-passkey-exists" => (Some(""), false),
            "account-deleted" | "account-recovery-codes" => (None, false),
            name if name.starts_with("new-password") || name.starts_with("account") => {
                (Some("'self'"), false)
            }
            name if name.starts_with("login")
                || name.starts_with("second-factor")
                || name.starts_with("mail-sent-code")
                || name.starts_with("passkey-offer") =>
            {
                (Some(""), true)
            }
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

/// A script that misses an element fails, and what it would have shown stays hidden.
#[test]
fn elements_that_a_script_uses_are_on_its_page() {
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
fn every_page_is_accessible() {
    for (locale, name, page) in all("Acme") {
        assert_eq!(header(&page, "content-language"), Some(locale.tag()));
        assert_eq!(header(&page, "vary"), Some("accept-language"));
        Document::of(&html(page)).assert_accessible(&name, locale);
    }
}

#[test]
fn each_page_has_its_status() {
    for (_, name, page) in all("Acme") {
        let status = match name.as_str() {
            "mail-sent" | "mail-sent-for-here" | "mail-sent-code" => 202,
            "mail-sent-code-wrong" => 400,
            "login-wrong"
            | "login-passkey-refused"
            | "second-factor-used"
            | "second-factor-passkey-refused"
            | "second-factor-wrong"
            | "second-factor-recovery-wrong" => 401,
            "login-no-password"
            | "login-invalid-email"
            | "provider-email-invalid"
            | "forgot-password-invalid"
            | "account-profile-name"
            | "account-profile-picture"
            | "account-email-invalid"
            | "account-email-same"
            | "account-password-missing"
            | "account-disconnect-last"
            | "account-delete-other"
            | "account-passkey-exists"
            | "account-passkey-name-invalid"
            | "account-totp-wrong"
            | "account-totp-over"
            | "passkey-offer-exists"
            | "passkey-offer-refused" => 422,
            _ if name.starts_with("sign-up-") || name.starts_with("new-password-") => 422,
            "link-required" | "admin-user-refused" | "admin-create-taken" => 409,
            "admin-role-wrong" | "admin-create-weak" => 422,
            "error-invalid-request"
            | "error-login-expired"
            | "error-other-browser"
            | "error-link-expired"
            | "error-link-expired-login"
            | "error-opened-elsewhere"
            | "error-login-canceled"
            | "error-duplicate-cookie" => 400,
            "error-foreign-origin" | "error-forbidden" | "error-not-admitted" => 403,
            "error-unknown-provider" | "error-not-found" => 404,
            "error-rate-limited" => 429,
            "error-provider-unavailable" | "error-unavailable" => 503,
            "error-internal" => 500,
            "error-mail-not-configured" => 501,
            _ => 200,
        };
        assert_eq!(page.status(), status, "{name}");
    }
}

#[test]
fn an_error_page_has_headers_and_refusal_of_its_problem() {
    let english = localizer(Locale::English);
    let plain = rate_limited(200).into_response();
    let page = render(ErrorPage::of(rate_limited(200)), &english);
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
        let page = render(ErrorPage::of(rate_limited(seconds)), &english);
        let text = html(page).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("Try again {words}")), "{text}");
    }
}

#[test]
fn the_message_follows_from_code_and_status() {
    let message = |code| ErrorPage::of(Problem::new(code)).message;
    assert_eq!(message(Code::UnknownClient), ErrorMessage::InvalidRequest);
    assert_eq!(
        message(Code::UnknownProvider),
        ErrorMessage::UnknownProvider
    );
    for code in [Code::NotFound, Code::MethodNotAllowed, Code::MissingToken] {
        assert_eq!(message(code), ErrorMessage::NotFound);
    }
    assert_eq!(message(Code::AdminRequired), ErrorMessage::Forbidden);
    assert_eq!(message(Code::RateLimited), ErrorMessage::RateLimited);
    assert_eq!(message(Code::Unavailable), ErrorMessage::Unavailable);
    assert_eq!(message(Code::InternalError), ErrorMessage::Internal);
}

#[test]
fn links_and_forms_lead_to_signet_or_the_client() {
    let all = pages(&localizer(Locale::English), "Acme").into_iter();
    let of = |page| Document::of(&html(page)).urls();
    let urls: Vec<_> = all.flat_map(|(_, page)| of(page)).collect();
    let ours = |url: &String| url.starts_with("https://auth.example.com/tenant/");
    for wanted in [
        own(&issuer(), "/login/it"),
        own(&issuer(), "/callback/apple"),
        client_link().unwrap(),
    ] {
        assert!(urls.contains(&wanted.to_string()), "{wanted}");
    }
    let app = client_link().unwrap().to_string();
    assert!(urls.iter().all(|url| ours(url) || *url == app), "{urls:?}");
}

/// Texts with special characters of HTML, scripts and URLs, each as a page shows it.
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
        // Templates may omit what is empty.
        .prop_filter("empty", |text| !text.is_empty())
}

#[test]
fn text_of_others_never_becomes_markup() {
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

#[test]
fn long_text_of_others_is_cut() {
    let long = "<".repeat(100_000);
    for (_, name, page) in all(&long) {
        let bounded_elsewhere = [
            "form-post-relay",
            "log-out",
            "provider-email",
            "login",
            "new-password",
            "second-factor",
            "mail-sent-code",
            "passkey-offer",
            "account",
            // The search is as long as the URL of a request may be, and a page lists 50 users.
            "admin-",
        ];
        let is_bounded_elsewhere = bounded_elsewhere.iter().any(|it| name.starts_with(it));
        let length = html(page).len();
        assert!(length < 20_000 || is_bounded_elsewhere, "{name}: {length}");
    }
}

#[test]
fn built_in_templates_have_no_problems() {
    let problems = templates::sample_problems(&BUILT_IN, &issuer());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
