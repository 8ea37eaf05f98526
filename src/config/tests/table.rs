//! The table of settings: it and the reader describe the same settings.

use std::collections::BTreeSet;

use super::*;

/// A file in which all settings are read: a client, a role and a provider of every kind.
fn complete_file() -> String {
    let kinds = [
        "google",
        "github",
        "apple",
        "microsoft",
        "gitlab",
        "discord",
        "oidc",
    ];
    let providers = kinds.map(|kind| format!("[[providers]]\nid = '{kind}'\nkind = '{kind}'\n"));
    let rest = "roles.editor.groups = ['staff']\npolicies.staff.acr = '1fa'\n\
                [[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n";
    rest.to_owned() + &providers.concat()
}

/// A client with which policies have cookies.
const COOKIE_CLIENT: &str = "[[clients]]\nclient_id = 'web'\ntransport = 'cookie'\n";

fn all() -> impl Iterator<Item = &'static Setting> {
    setting_sections().iter().flat_map(|it| it.settings)
}

/// Replaces indices and names of roles: `clients[0].jwks` becomes `clients[].jwks`.
fn declared_name(read: &str) -> &str {
    settings::find(read).map_or(read, |setting| setting.name)
}

#[test]
fn every_setting_of_the_table_is_read_and_every_read_setting_is_in_the_table() {
    let file = complete_file();
    let sources = SettingSources::new(("signet.toml", &file), [], FlagSettings::default());
    let mut reader = SettingReader::new(sources.unwrap());
    let _ = Config::read(&mut reader);
    // The names of the arrays of tables are no settings.
    let read: BTreeSet<_> = reader
        .known()
        .filter(|name| !["clients", "providers"].contains(name))
        .map(declared_name)
        .collect();
    assert_eq!(read, all().map(|setting| setting.name).collect());
}

/// A database that has all settings.
const POSTGRES: &str = "[database]\nurl = 'postgres://127.0.0.1/signet'\n";

fn is_of_postgres(setting: &Setting) -> bool {
    setting.description.ends_with("PostgreSQL only.")
}

#[test]
fn defaults_of_the_table_are_the_values_of_an_empty_file() {
    let of = |file: &str| {
        let mut config = load(file, &[], FlagSettings::default()).unwrap();
        config.origins.clear();
        // The keys of a reloadable secret differ, and its text is not shown.
        format!("{config:?} {}", config.database.url.expose().as_str())
    };
    let client = |key| match key {
        "scopes" => "[[clients]]\nclient_id = 'default'\n",
        _ => "[[clients]]\nclient_id = 'default'\nscopes = 'openid'\n",
    };
    for setting in all() {
        let Some(default) = setting.default_toml() else {
            continue;
        };
        let line = format!("{} = {default}\n", setting.key());
        let (without, with) = match setting.name.split_once('.') {
            _ if setting.name.starts_with("providers") => continue,
            Some(("policies", _)) => {
                let policy = format!("{COOKIE_CLIENT}[policies.NAME]\nacr = '1fa'\n");
                let named = setting.name.strip_prefix("policies.NAME.").unwrap();
                let line = format!("{named} = {default}\n");
                (policy.clone(), policy + &line)
            }
            Some(("clients[]", _)) => {
                let client = client(setting.key());
                (client.to_owned(), format!("{client}{line}"))
            }
            Some(_) if is_of_postgres(setting) => {
                (POSTGRES.to_owned(), POSTGRES.to_owned() + &line)
            }
            Some((table, _)) => (String::new(), format!("[{table}]\n{line}")),
            None => (String::new(), line),
        };
        assert_eq!(of(&with), of(&without), "{}", setting.name);
    }
}

#[test]
fn examples_are_accepted() {
    let faults = |file: &str, name: &str| {
        let faults = load(file, &[], FlagSettings::default()).err();
        let faults = faults.map(|it| it.0).unwrap_or_default().into_iter();
        // Files of secrets do not exist here.
        let faults =
            faults.filter(|it| it.setting == name && !it.problem.contains("cannot be read"));
        faults.map(|it| it.to_string()).collect::<Vec<_>>()
    };
    for setting in all() {
        let (key, example) = (setting.key(), setting.example_toml());
        let file = match setting.name.split_once('.') {
            Some(("clients[]", _)) => {
                let more = match key {
                    "client_id" => "scopes = 'openid'",
                    "auth_method" => {
                        "client_id = 'a'\nclient_secret_hashes = \
                         'sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'"
                    }
                    "scopes" => "client_id = 'a'",
                    "dpop_required_from" => "client_id = 'a'\nscopes = 'openid'\ndpop = 'required'",
                    _ => "client_id = 'a'\nscopes = 'openid'",
                };
                format!("[[clients]]\n{key} = {example}\n{more}")
            }
            Some(("providers[]", _)) => {
                let kind = match key {
                    "kind" => "",
                    "base_url" => "kind = 'github'",
                    "tenant" => "kind = 'microsoft'",
                    "team_id" | "key_id" | "private_key_file" => "kind = 'apple'",
                    _ => "kind = 'oidc'",
                };
                format!("[[providers]]\n{key} = {example}\n{kind}")
            }
            Some(("policies", rest)) => {
                let named = rest.strip_prefix("NAME.").unwrap();
                let example = example.replace("https://wiki.example.com", "http://127.0.0.1");
                format!(
                    "{COOKIE_CLIENT}scopes = 'read'\n[roles.staff]\ngroups = ['staff']\n[policies.NAME]\n{named} = {example}"
                )
            }
            Some(_) if is_of_postgres(setting) => format!("{POSTGRES}{key} = {example}"),
            Some(("cookies", _)) => {
                format!(
                    "issuer = 'https://auth.example.com'\n{COOKIE_CLIENT}[cookies]\n{key} = {example}"
                )
            }
            Some(("passkeys", _)) => {
                format!("issuer = 'https://auth.example.com'\n[passkeys]\n{key} = {example}")
            }
            Some(("migration", "secret" | "secret_file")) => {
                format!("[migration]\nverify_url = 'https://old.example.com'\n{key} = {example}")
            }
            Some(("roles", _)) => format!("[roles.NAME]\n{key} = {example}"),
            Some((table, _)) => format!("[{table}]\n{key} = {example}"),
            None => format!("{key} = {example}"),
        };
        let name = setting.name.replace("[]", "[0]");
        let faults = match key {
            // It has a fault without its companion, mail.from.
            "url" if name == "mail.url" => faults(&format!("{file}\npassword = 'x'"), &name),
            _ => faults(&file, &name),
        };
        assert_eq!(faults, Vec::<String>::new(), "{file}");
    }
}

#[test]
fn allowed_values_of_the_table_are_those_of_the_message() {
    for setting in all().filter(|it| !it.allowed.is_empty()) {
        let (table, key) = setting.name.rsplit_once('.').unwrap();
        let table = match table.strip_suffix("[]") {
            Some(table) => format!("[[{table}]]"),
            None => format!("[{table}]"),
        };
        let faults = faults(&format!("{table}\n{key} = 'colour'"));
        let expected = format!("must be one of {}", setting.allowed.join(", "));
        assert!(faults.contains(&expected), "{}: {faults}", setting.name);
    }
}

#[test]
fn durations_and_numbers_have_bounds() {
    for setting in all() {
        let has_range = matches!(
            setting.kind,
            SettingKind::Duration | SettingKind::Milliseconds | SettingKind::Number
        );
        assert_eq!(setting.bounds.is_some(), has_range, "{}", setting.name);
        let description = setting.description;
        assert!(description.ends_with('.'), "{}", setting.name);
        assert!(!description.contains('|'), "{}", setting.name);
        assert!(!setting.example_toml().is_empty(), "{}", setting.name);
    }
}
