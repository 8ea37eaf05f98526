//! Messages about faults: their setting, their origin and their suggestion.

use super::*;

#[test]
fn faults_name_the_line_of_the_setting() {
    let file = "issuer = 'https://a.example'\n\n[tokens]\n# short\nleeway = '2m'\n\n[[clients]]\nclient_id = 'a'\n\n\
                [[clients]]\nclient_id = 'b'\nscopes = [\n  'read',\n  '\"',\n]\ncolour = 1\n\n\
                [roles.editor]\ngroup = ['x']\nsub.key = 2\n\n[[clients]]\nscopes = ['read']\n";
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
            ("clients[2].client_id", "signet.toml line 22"),
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
         \n  colour (signet.toml): is not a setting of Signet\
         \n  tokens.access_lifetime (signet.toml): must be between 1s and 15m\
         \n  tokens.leeway (signet.toml): must be a duration of whole seconds such as 30s, 5m, 2h or 30d\
         \n  clients[0].client_id (signet.toml): is required\
         \n  password.min_length (signet.toml): must be a whole number from 8 to 64\
         \n  database.url (environment DATABASE_URL): must begin with sqlite: or postgres://"
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
            "token.leeway (signet.toml): is not a setting of Signet. Did you mean tokens.leeway?",
            "password.min_lenght (signet.toml): is not a setting of Signet. Did you mean \
             password.min_length?",
            "password.colour (signet.toml): is not a setting of Signet",
            "clients[0].scope (signet.toml): is not a setting of Signet. Did you mean clients[0].scopes?",
            "clients[0].client_secret (signet.toml): is not a setting of Signet: write \
             client_secret_hashes; `signet clients secret` prints a secret and its hash",
            "http.colour (environment SIGNET_HTTP__COLOUR): is not a setting of Signet",
            "listn (environment SIGNET_LISTN): is not a setting of Signet. Did you mean SIGNET_LISTEN?",
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

    let faults = self::faults(
        "[[clients]]\nclient_id = 'a'\norigins = ['https://a.example/', 'https://a.example', 'b']",
    );
    let all = [
        "origins (signet.toml): number 1 must be",
        "; number 3 must be",
    ];
    assert!(all.iter().all(|it| faults.contains(it)), "{faults}");
    assert!(!faults.contains("number 2"), "{faults}");
}

#[test]
fn faults_are_in_the_order_of_the_file() {
    let file = "[tokens]\nleeway = 'soon'\n[password]\nmin_length = 7\n[[clients]]\nclient_id = 'a b'\n\
                [keys]\nmax_age = 'x'\n[http]\nidle_timeout = 'x'\n[log]\n[mail]\nform = 'a'\n";
    let faults = load(
        file,
        &[("SIGNET_LOG__FORMAT", "xml")],
        FlagSettings::default(),
    );
    let faults = faults.unwrap_err().0;
    let places = faults.iter().map(|it| it.origin.as_str());
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            "signet.toml line 2",
            "signet.toml line 4",
            "signet.toml line 6",
            "signet.toml line 8",
            "signet.toml line 10",
            "signet.toml line 13",
            "environment SIGNET_LOG__FORMAT",
        ]
    );
}

#[test]
fn misplaced_settings_name_the_place_where_they_belong() {
    for (file, problem) in [
        (
            "[roles]\neditor = ['staff']",
            "roles.editor (signet.toml): is not a setting of Signet: write [roles.editor] with groups = […]",
        ),
        (
            "[pages]\nname = 'Acme'\nissuer = 'http://localhost:8080'",
            "pages.issuer (signet.toml): is not a setting of Signet: write issuer above the first table",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nlisten = '127.0.0.1:9'",
            "clients[0].listen (signet.toml): is not a setting of Signet: write listen above the first table",
        ),
        (
            "[pages]\ntokens.leeway = '1s'",
            "pages.tokens.leeway (signet.toml): is not a setting of Signet: write tokens.leeway above the first table",
        ),
    ] {
        let faults = faults(file);
        assert_eq!(faults, format!("1 setting is wrong:\n  {problem}"));
    }
}

#[test]
fn issuer_that_is_not_canonical_shows_the_canonical_form() {
    for (issuer, canonical) in [
        (
            "https://Auth.Example.com/",
            Some("https://auth.example.com"),
        ),
        (
            "https://auth.example.com:443/a//",
            Some("https://auth.example.com/a"),
        ),
        ("https://auth.example.com/{a}", None),
        ("https://auth.example.com//a", None),
    ] {
        let faults = faults(&format!("issuer = '{issuer}'"));
        let expected = match canonical {
            Some(canonical) => {
                format!("issuer (signet.toml): must be in canonical form: {canonical}")
            }
            None => "must be in canonical form: lower-case host, no default port".to_owned(),
        };
        assert!(faults.contains(&expected), "{faults}");
        if let Some(canonical) = canonical {
            assert!(faults.ends_with(canonical), "{faults}");
        }
    }
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
