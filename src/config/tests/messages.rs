//! Messages about faults: their setting, their origin and their suggestion.

use super::*;

#[test]
fn faults_name_the_line_of_the_setting() {
    let file = "issuer = 'https://a.example'\n\n[tokens]\n# short\nleeway = '2m'\n\n[[clients]]\nclient_id = 'a'\n\n\
                [[clients]]\nclient_id = 'b'\nscopes = [\n  'read',\n  '\"',\n]\ncolour = 1\n\n\
                [roles.editor]\ngroup = ['x']\nsub.key = 2\n";
    let faults = load(file, &[], FlagSettings::default()).unwrap_err();
    let places = faults
        .0
        .iter()
        .map(|it| (it.setting.as_str(), it.origin.as_str()));
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            ("tokens.leeway", "signet.toml line 5"),
            ("clients[1].scopes", "signet.toml line 12"),
            ("clients[1].colour", "signet.toml line 16"),
            ("roles.editor.group", "signet.toml line 19"),
            ("roles.editor.sub.key", "signet.toml line 20"),
        ]
    );
}

#[test]
fn all_faults_are_listed_with_setting_and_origin() {
    let file = "colour = 'red'\n[tokens]\naccess_lifetime = '16m'\nleeway = 'soon'\n\
                [[clients]]\naudience = 'api'\n[password]\nmin_length = 7";
    let environment = [("DATABASE_URL", "mysql://root:hunter2@db/x")];
    let faults = load(file, &environment, FlagSettings::default()).unwrap_err();
    assert_eq!(
        without_lines(&faults.to_string()),
        "6 settings are wrong:\
         \n  database.url (environment DATABASE_URL): must begin with sqlite: or postgres://\
         \n  tokens.access_lifetime (signet.toml): must be between 1s and 15m\
         \n  tokens.leeway (signet.toml): must be a duration of whole seconds such as 30s, 5m, 2h or 30d\
         \n  password.min_length (signet.toml): must be a whole number from 8 to 64\
         \n  clients[0].client_id: is required\
         \n  colour (signet.toml): is not a setting of Signet"
    );
}

#[test]
fn unknown_settings_suggest_the_nearest_known_one() {
    let file = "token.leeway = '1s'\n[password]\nmin_lenght = 15\ncolour = 'red'\n\
                [[clients]]\nclient_id = 'a'\nscope = 'read'\nclient_secret = 'hunter2'";
    let environment = [
        ("SIGNET_TOKENS_LEEWAY", "1s"),
        ("SIGNET_LISTN", ""),
        ("SIGNET_HTTP__COLOUR", "red"),
    ];
    let faults = load(file, &environment, FlagSettings::default()).unwrap_err();
    let problems = faults.0.iter().map(|it| without_lines(&it.to_string()));
    let problems: Vec<_> = problems.collect();
    assert_eq!(
        problems,
        [
            "clients[0].client_secret (signet.toml): is not a setting of Signet: write \
             client_secret_hashes; `signet clients secret` prints a secret and its hash",
            "clients[0].scope (signet.toml): is not a setting of Signet. Did you mean clients[0].scopes?",
            "http.colour (environment SIGNET_HTTP__COLOUR): is not a setting of Signet",
            "listn (environment SIGNET_LISTN): is not a setting of Signet. Did you mean SIGNET_LISTEN?",
            "password.colour (signet.toml): is not a setting of Signet",
            "password.min_lenght (signet.toml): is not a setting of Signet. Did you mean \
             password.min_length?",
            "token.leeway (signet.toml): is not a setting of Signet. Did you mean tokens.leeway?",
            "tokens_leeway (environment SIGNET_TOKENS_LEEWAY): is not a setting of Signet. Did you mean \
             SIGNET_TOKENS__LEEWAY?",
        ]
    );
}

#[test]
fn every_wrong_entry_of_a_list_is_reported() {
    let faults = faults(
        "[[clients]]\nclient_id = 'a'\nredirect_uris = ['ftp://a', 'https://a.example/', 'app:/x']",
    );
    let all = ["number 1 must be https", "; number 3 must be https"];
    assert!(all.iter().all(|it| faults.contains(it)), "{faults}");
    assert!(!faults.contains("number 2"), "{faults}");
}

#[test]
fn a_file_that_is_not_toml_is_reported_without_quoting_it() {
    for (line, problem) in [
        (
            "password = 'hunter2",
            "invalid literal string, expected `'`",
        ),
        ("password hunter2", "key with no value, expected `=`"),
        ("password = hunter2", "string values must be quoted"),
        ("a = 1\n[a.hunter2]", "cannot extend"),
        ("hunter2 = 1\nhunter2 = 2", "duplicate key"),
        ("a = [hunter2", "unclosed array"),
        ("a = \"\\hunter2\"", "escape"),
    ] {
        let faults = faults(&format!("issuer = 'http://localhost:1'\n{line}\n"));
        let start = "configuration (signet.toml): is not TOML: line ";
        assert!(faults.contains(start), "{faults}");
        assert!(faults.contains(problem), "{line}: {faults}");
        assert!(!faults.contains("hunter2"), "{faults}");
    }
}

#[test]
fn clients_are_only_set_in_the_file_and_reported_once() {
    let bad = faults("[[clients]]\nclient_id = 'a b'\n[[clients]]\nclient_id = 'a b'");
    assert!(bad.starts_with("2 settings are wrong"), "{bad}");
    let scopes = faults("[[clients]]\nclient_id = 'a'\nscopes = ['a\"b']");
    assert!(
        scopes.contains("clients[0].scopes (signet.toml): must be words"),
        "{scopes}"
    );
    let table = faults("[clients]\nclient_id = 'a'");
    assert!(table.contains("as tables, [[clients]]"), "{table}");
    let flags = FlagSettings {
        settings: vec![("clients[0].access_lifetime".into(), "1m".into())],
        ..FlagSettings::default()
    };
    let elsewhere = load("[[clients]]\nclient_id = 'a'", &[], flags)
        .unwrap_err()
        .to_string();
    assert!(
        elsewhere.contains("(command line): can be set only in the configuration file"),
        "{elsewhere}"
    );
}

#[test]
fn invalid_setting_names_are_escaped() {
    let faults =
        faults("'' = 1\n\"a\\nb\" = 1\n[[clients]]\nclient_id = 'web'\n\"\\u001b[1m\" = 1");
    assert_eq!(
        faults,
        "3 settings are wrong:\
         \n  \"\" (signet.toml): is not a setting of Signet\
         \n  \"a\\nb\" (signet.toml): is not a setting of Signet\
         \n  \"clients[0].\\u{1b}[1m\" (signet.toml): is not a setting of Signet"
    );
}
