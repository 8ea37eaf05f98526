//! External identity providers.

mod secrets;
mod servers;

use super::{super::*, faults, load};

/// The start of a configuration beyond loopback, and of one on loopback.
const PUBLIC: &str = "issuer = 'https://auth.example.com'\n";
const LOOPBACK: &str = "";

/// The smallest valid table of each kind.
const GOOGLE: &str = "kind = 'google'\nclient_id = 'c'\nclient_secret = 's3cret'";
const GITHUB: &str = "kind = 'github'\nclient_id = 'c'\nclient_secret = 's3cret'";
const GITLAB: &str = "kind = 'gitlab'\nclient_id = 'c'\nclient_secret = 's3cret'";
const DISCORD: &str = "kind = 'discord'\nclient_id = 'c'\nclient_secret = 's3cret'";
const MICROSOFT: &str = "kind = 'microsoft'\nclient_id = 'c'\nclient_secret = 's3cret'";
const OIDC: &str = "kind = 'oidc'\nclient_id = 'c'";
const APPLE: &str = "kind = 'apple'\nclient_id = 'com.example.web'\nteam_id = 'DEF123GHIJ'\n\
                     key_id = 'ABC123DEFG'";

/// A key of the form that Apple issues.
const KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/golden/0.1.0/20260101T000000Z.es256.pem"
);

fn apple() -> String {
    format!("{APPLE}\nprivate_key_file = '{KEY}'")
}

fn file(start: &str, lines: &str) -> String {
    format!("{start}[[providers]]\nid = 'it'\n{lines}")
}

fn provider(start: &str, lines: &str) -> ProviderConfig {
    let config = load(&file(start, lines), &[], FlagSettings::default());
    let config = config.unwrap_or_else(|faults| panic!("{lines}: {faults}"));
    config.providers.iter().next().unwrap().clone()
}

/// Returns the only fault of a table.
fn fault(start: &str, lines: &str) -> String {
    let faults = faults(&file(start, lines));
    let one = faults.strip_prefix("1 setting is wrong:\n  ");
    one.unwrap_or_else(|| panic!("{lines}: {faults}"))
        .to_owned()
}

/// Returns the problem of one setting from the file.
fn problem(start: &str, lines: &str, setting: &str) -> String {
    let fault = fault(start, lines);
    let start = format!("providers[0].{setting} (signet.toml): ");
    let problem = fault.strip_prefix(&start);
    problem.unwrap_or_else(|| panic!("{fault}")).to_owned()
}

#[test]
fn each_kind_has_defaults() {
    use ProviderKind::{Apple, GitHub, Google, Microsoft, Oidc};
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let openid = "openid email profile";
    for (lines, kind, brand, name, stored_as, scopes, trusted) in [
        (
            GOOGLE.to_owned(),
            Google,
            "google",
            "Google",
            "google",
            openid,
            true,
        ),
        (
            GITHUB.to_owned(),
            GitHub,
            "github",
            "GitHub",
            "github",
            "read:user user:email",
            true,
        ),
        (
            apple(),
            Apple,
            "apple",
            "Apple",
            "apple",
            "name email",
            true,
        ),
        (
            format!("{MICROSOFT}\ntenant = '{}'", tenant.to_uppercase()),
            Microsoft,
            "microsoft",
            "Microsoft",
            &format!("https://login.microsoftonline.com/{tenant}/v2.0"),
            openid,
            false,
        ),
        (
            GITLAB.to_owned(),
            Oidc,
            "gitlab",
            "GitLab",
            "gitlab",
            openid,
            false,
        ),
        (
            DISCORD.to_owned(),
            Oidc,
            "discord",
            "Discord",
            "discord",
            "openid identify email",
            false,
        ),
        (
            format!("{OIDC}\nissuer = 'https://id.example.com/'"),
            Oidc,
            "oidc",
            "it",
            "https://id.example.com/",
            openid,
            false,
        ),
    ] {
        let it = provider(PUBLIC, &lines);
        assert_eq!((it.kind, it.brand, it.name.as_str()), (kind, brand, name));
        assert_eq!(it.stored_as(), Some(stored_as));
        assert!(it.owns_account_of(stored_as) && !it.owns_account_of("https://id.example.com"));
        assert_eq!(it.scopes.join(" "), scopes, "{name}");
        assert_eq!(it.trusts_addresses, trusted, "{name}");
        assert_eq!(it.native_client_ids, Vec::<String>::new());
        // The configuration can override all presets.
        let said = format!(
            "{lines}\nname = 'Work'\ntrusts_addresses = {}\nscopes = ['openid', 'a']",
            !trusted
        );
        let it = provider(PUBLIC, &said);
        assert_eq!((it.name.as_str(), it.trusts_addresses), ("Work", !trusted));
        assert_eq!(it.scopes, ["openid", "a"]);
    }
}

#[test]
fn providers_keep_the_order_of_the_file() {
    let file = format!(
        "[[providers]]\nid = 'z'\n{GITHUB}\n[[providers]]\nid = 'a-1'\n{GOOGLE}\n\
         [[providers]]\nid = 'm'\n{GITLAB}"
    );
    let providers = load(&file, &[], FlagSettings::default()).unwrap().providers;
    let ids: Vec<_> = providers.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["z", "a-1", "m"]);
    let google = providers.of_account("google").unwrap();
    assert_eq!(google.id, "a-1");
    let back = "http://127.0.0.1:8080/callback/a-1";
    assert_eq!(google.redirect_uri.as_str(), back);
    assert!(providers.of_account("apple").is_none());
    let none = load("", &[], FlagSettings::default()).unwrap().providers;
    assert_eq!(none.iter().count(), 0);
}

#[test]
fn all_faults_of_providers_are_listed() {
    let file = "[[providers]]\nid = 'Google'\nkind = 'google'\nname = ' '\nclient_id = 'a b'\n\
                client_secret = ''\nscopes = 'email email'\nnative_client_ids = ['']\n\
                trusts_addresses = 'yes'\ntenant = 'common'\nbase_url = 'x'\nteam_id = 'x'\n\
                colour = 'red'\nclient_secret_file = '/nowhere/at/all'\n\
                [[providers]]\nkind = 'myspace'\nissuer = 'x'\nclient_secret = 'hunter2'\n\
                [[providers]]\nid = 'apple'\nkind = 'apple'\nclient_secret = 'hunter2'\nclient_id = 'a'\n\
                key_id = 'abc'";
    assert_eq!(
        faults(file),
        "19 settings are wrong:\
         \n  providers[0].id (signet.toml): must be 1 to 32 characters of a-z, 0-9 and -, the first a letter\
         \n  providers[0].name (signet.toml): must be 1 to 64 characters long, without white space at the ends\
         \n  providers[0].client_id (signet.toml): must be 1 to 256 printable ASCII characters without spaces\
         \n  providers[0].client_secret (signet.toml): must be 1 to 1024 printable ASCII characters\
         \n  providers[0].scopes (signet.toml): must be distinct words\
         \n  providers[0].native_client_ids (signet.toml): must be 1 to 256 printable ASCII characters without spaces\
         \n  providers[0].trusts_addresses (signet.toml): must be true or false\
         \n  providers[0].tenant (signet.toml): is not a setting of the kind google\
         \n  providers[0].base_url (signet.toml): is not a setting of the kind google\
         \n  providers[0].team_id (signet.toml): is not a setting of the kind google\
         \n  providers[0].colour (signet.toml): is not a setting of Signet\
         \n  providers[0].client_secret_file (signet.toml): \"/nowhere/at/all\" cannot be read: No such file or directory (os error 2)\
         \n  providers[1].id (signet.toml): is required\
         \n  providers[1].client_id (signet.toml): is required\
         \n  providers[1].kind (signet.toml): must be one of google, github, apple, microsoft, gitlab, discord, oidc\
         \n  providers[2].team_id (signet.toml): is required\
         \n  providers[2].private_key_file (signet.toml): is required\
         \n  providers[2].client_secret (signet.toml): is not a setting of the kind apple\
         \n  providers[2].key_id (signet.toml): must be 10 characters of A-Z and 0-9"
    );
    assert_eq!(
        fault(LOOPBACK, "kind = 'google'\nclient_id = 'c'"),
        "providers[0].client_secret (signet.toml): is required unless client_secret_file is set"
    );
    assert_eq!(
        fault(LOOPBACK, "client_id = 'c'"),
        "providers[0].kind (signet.toml): is required"
    );
    assert_eq!(
        problem(
            LOOPBACK,
            &format!("{GITHUB}\nnative_client_ids = 'a'"),
            "native_client_ids"
        ),
        "is not a setting of the kind github"
    );
    for invisible in ["\\u202Ekcab", "a\\u200Bb"] {
        assert!(
            problem(
                LOOPBACK,
                &format!("{GOOGLE}\nname = \"{invisible}\""),
                "name"
            )
            .starts_with("must not contain control characters, line breaks, invisible characters"),
        );
    }
    let many = format!("{GOOGLE}\nnative_client_ids = '{}'", "a ".repeat(17));
    assert_eq!(
        problem(LOOPBACK, &many, "native_client_ids"),
        "must have at most 16 entries"
    );
    assert_eq!(
        problem(LOOPBACK, &format!("{GITHUB}\nscopes = ['a\"b']"), "scopes"),
        "must be words of printable ASCII without quotation marks and backslashes, separated by single \
         spaces"
    );
}

#[test]
fn ids_fit_into_a_route_and_are_unique() {
    for good in ["a", "google", "a-1", &"a".repeat(32)] {
        let file = format!("[[providers]]\nid = '{good}'\n{GOOGLE}");
        let providers = load(&file, &[], FlagSettings::default()).unwrap().providers;
        assert_eq!(providers.iter().next().unwrap().id, good);
    }
    let spelling = "must be 1 to 32 characters of a-z, 0-9 and -, the first a letter";
    for (wrong, said) in [
        ("", spelling),
        ("1a", spelling),
        ("-a", spelling),
        ("a_b", spelling),
        ("a/b", spelling),
        ("\u{e4}", spelling),
        (&"a".repeat(33), spelling),
        ("link", "is reserved for a route of Signet"),
    ] {
        let faults = faults(&format!("[[providers]]\nid = '{wrong}'\n{GOOGLE}"));
        assert_eq!(
            faults,
            format!("1 setting is wrong:\n  providers[0].id (signet.toml): {said}")
        );
    }
    let two = |one: &str, other: &str| {
        faults(&format!(
            "[[providers]]\nid = 'it'\n{one}\n[[providers]]\n{other}"
        ))
    };
    assert_eq!(
        two(GOOGLE, &format!("id = 'it'\n{GITHUB}")),
        "1 setting is wrong:\n  providers[1].id (signet.toml): is also the id of another provider"
    );
    let common = format!("{MICROSOFT}\ntenant = 'common'");
    let organizations = format!("id = 'b'\n{MICROSOFT}\ntenant = 'organizations'");
    let google = format!("id = 'b'\n{OIDC}\nissuer = 'https://accounts.google.com'");
    for (one, other) in [
        (GOOGLE, format!("id = 'b'\n{GOOGLE}")),
        (GOOGLE, google),
        (&common, organizations),
    ] {
        assert_eq!(
            two(one, &other),
            "1 setting is wrong:\n  providers[1] (signet.toml): is the same as providers[0]: the two providers would \
             share their accounts"
        );
    }
    // A single tenant may have more trust than a multi-tenant provider.
    let tenant = "tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47'\ntrusts_addresses = true";
    let both = format!(
        "[[providers]]\nid = 'it'\n{common}\n[[providers]]\nid = 'b'\n{MICROSOFT}\n{tenant}"
    );
    assert!(load(&both, &[], FlagSettings::default()).is_ok());
}

#[test]
fn openid_is_added_to_scopes_if_id_tokens_need_it() {
    let scopes = |lines: &str, scopes: &str| {
        let it = provider(LOOPBACK, &format!("{lines}\nscopes = {scopes}"));
        it.scopes.join(" ")
    };
    assert_eq!(scopes(GOOGLE, "['email']"), "openid email");
    assert_eq!(scopes(GOOGLE, "'email openid'"), "email openid");
    assert_eq!(scopes(DISCORD, "[]"), "openid");
    assert_eq!(scopes(&apple(), "[]"), "");
    assert_eq!(scopes(GITHUB, "'user:email'"), "user:email");
}

#[test]
fn providers_are_only_set_as_tables_in_the_file() {
    let flags = FlagSettings {
        settings: vec![("providers[0].client_secret".into(), "hunter2".into())],
        ..FlagSettings::default()
    };
    let elsewhere = load(&file(LOOPBACK, GOOGLE), &[], flags).unwrap_err();
    assert_eq!(
        elsewhere.to_string(),
        "1 setting is wrong:\n  providers[0].client_secret (command line): can be set only in the \
         configuration file"
    );
    for (file, setting) in [
        (
            "[providers.google]\nclient_id = 'a'",
            "providers.google.client_id",
        ),
        ("[providers]\nid = 'google'", "providers.id"),
        ("providers = 'google'", "providers"),
    ] {
        assert_eq!(
            faults(file),
            format!(
                "1 setting is wrong:\n  {setting} (signet.toml): is not a setting of Signet: write \
                 providers as tables, [[providers]]"
            )
        );
    }
    assert!(
        faults("providers = ['google']")
            .contains("providers[0] (signet.toml): must be a table: [[providers]]")
    );
    let table = format!("{GOOGLE}\nname = ['Google']");
    assert_eq!(
        problem(LOOPBACK, &table, "name"),
        "must be a single value such as \"Google\""
    );
}
