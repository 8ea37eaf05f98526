//! Environment variables: of the process, of Kubernetes, and of a `.env` file that belongs to
//! another program.

use proptest::prelude::*;

use super::*;
use crate::config::{
    env_file,
    settings::{self, Setting},
};

fn with_env_file(content: impl AsRef<[u8]>) -> Result<Config, ConfigErrors> {
    let file = ("signet.toml", "");
    let sources =
        SettingSources::with_env_file(file, content.as_ref(), [], FlagSettings::default())?;
    Config::load(sources)
}

/// Returns the value of `SIGNET_X` in a file, or the problem of its line.
fn value_of(text: &str) -> Result<String, &'static str> {
    let lines = env_file::lines(format!("SIGNET_X={text}").as_bytes());
    let [line] = lines.try_into().unwrap();
    assert_eq!((line.number, line.name.as_str()), (1, "SIGNET_X"));
    line.value
}

fn fault_of(environment: &[(&str, &str)]) -> Option<String> {
    let loaded = load("", environment, FlagSettings::default());
    loaded.err().map(|faults| faults.to_string())
}

#[test]
fn variables_of_a_kubernetes_service_are_ignored() {
    for service in ["SIGNET", "SIGNET_POSTGRESQL", "SIGNET_METRICS_HTTP_2"] {
        let name = |suffix: &str| format!("{service}{suffix}");
        let mut all = vec![
            (name("_SERVICE_HOST"), "10.0.0.1".to_owned()),
            (name("_SERVICE_PORT"), "5432".to_owned()),
            (name("_SERVICE_PORT_TCP_POSTGRESQL"), "5432".to_owned()),
            (name("_SERVICE_PORT_HTTP"), "80".to_owned()),
        ];
        for (protocol, scheme) in [("TCP", "tcp"), ("UDP", "udp"), ("SCTP", "sctp")] {
            let url = format!("{scheme}://10.0.0.1:5432");
            all.push((name("_PORT"), url.clone()));
            all.push((name("_PORT"), format!("{scheme}://[fd00::1]:5432")));
            let port = name(&format!("_PORT_5432_{protocol}"));
            all.push((format!("{port}_PROTO"), scheme.to_owned()));
            all.push((format!("{port}_PORT"), "5432".to_owned()));
            all.push((format!("{port}_ADDR"), "10.0.0.1".to_owned()));
            all.push((port, url));
        }
        // Each variable alone is recognised, so that an incomplete set does not prevent the start.
        for (name, value) in &all {
            assert_eq!(fault_of(&[(name, value)]), None, "{name}={value}");
        }
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(fault_of(&all), None);
        let host = name("_SERVICE_HOST");
        let port = name("_PORT");
        let with_host = [(host.as_str(), "10.0.0.1"), (port.as_str(), "5432")];
        assert_eq!(fault_of(&with_host), None);
    }
}

#[test]
fn variables_similar_to_those_of_kubernetes_are_refused() {
    for (name, value) in [
        ("SIGNET_POSTGRESQL_HOST", "10.0.0.1"),
        ("SIGNET_METRICS_PORTS", "tcp://10.0.0.1:80"),
        ("SIGNET_PORT", "8080"),
        ("SIGNET_HTTP_PORT", "8080"),
        ("SIGNET_HTTP__PORT", "tcp://10.0.0.1:80"),
        ("SIGNET__PORT", "tcp://10.0.0.1:80"),
        ("SIGNET_metrics_PORT", "tcp://10.0.0.1:80"),
        ("SIGNET_SERVICE_HOSTS", "10.0.0.1"),
        ("SIGNET_SERVICE_NAME", "signet"),
        ("SIGNET_SERVICE_PORT_", "80"),
        ("SIGNET_METRICS_SERVICE_PORTS", "80"),
        ("SIGNET_PORT_", "80"),
        ("SIGNET_PORT_HTTP", "80"),
        ("SIGNET_PORT_80_HTTP", "tcp://10.0.0.1:80"),
        ("SIGNET_PORT_80_TCP_HOST", "10.0.0.1"),
        ("SIGNET_PORT_HTTP_TCP", "tcp://10.0.0.1:80"),
        ("SIGNET_PORT_99999_TCP", "tcp://10.0.0.1:80"),
        ("SIGNET_COLOUR", "red"),
    ] {
        let fault = fault_of(&[(name, value)]).unwrap_or_else(|| panic!("{name} is accepted"));
        let expected = format!("(environment {name}): is not a setting of Signet");
        assert!(fault.contains(&expected), "{fault}");
    }
}

/// Returns the variable of each setting that has one.
fn variables() -> Vec<String> {
    let sections = settings::setting_sections().iter();
    let all = sections.flat_map(|section| section.settings);
    let variables: Vec<_> = all.filter_map(Setting::variable).collect();
    assert!(variables.len() > 50, "{variables:?}");
    variables
}

#[test]
fn no_setting_is_mistaken_for_a_kubernetes_variable() {
    for name in variables() {
        for value in ["8080", "tcp://10.0.0.1:80"] {
            let taken = crate::config::kubernetes::is_service_variable(&name, value, |_| true);
            assert!(!taken, "{name}={value}");
        }
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let default = format!("{:?}", load("", &[], FlagSettings::default()).unwrap());
    let mut names = variables();
    names.push("DATABASE_URL".to_owned());
    for name in &names {
        let config = load("", &[(name, "")], FlagSettings::default());
        let config = config.unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!(format!("{config:?}"), default, "{name}");
        let config = with_env_file(format!("{name}=\n"));
        let config = config.unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!(format!("{config:?}"), default, "{name}");
    }
    let all: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    let config = load("", &all, FlagSettings::default()).unwrap();
    assert_eq!(format!("{config:?}"), default);
}

#[test]
fn an_empty_variable_overrides_no_weaker_source() {
    let listen = |file: &str, env_file: &str, value: &str| {
        let environment = [("SIGNET_LISTEN".to_owned(), value.to_owned())];
        let file = ("signet.toml", file);
        let flags = FlagSettings::default();
        let sources = SettingSources::with_env_file(file, env_file.as_bytes(), environment, flags);
        Config::load(sources.unwrap()).unwrap().http.listen.port()
    };
    let file = "listen = '127.0.0.1:1'";
    let env_file = "SIGNET_LISTEN=127.0.0.1:2";
    assert_eq!(listen(file, env_file, "127.0.0.1:3"), 3);
    assert_eq!(listen(file, env_file, ""), 2);
    assert_eq!(listen(file, "", ""), 1);
    assert_eq!(listen(file, "SIGNET_LISTEN=''", ""), 1);

    // An empty list is a valid list of ranges.
    let file = "http.trusted_proxies = ['10.0.0.0/8']";
    let config = load(
        file,
        &[("SIGNET_HTTP__TRUSTED_PROXIES", "")],
        FlagSettings::default(),
    );
    assert_eq!(config.unwrap().http.proxies.trusted, []);
    // In the file an empty text is a value like others, and may be a wrong one.
    assert!(faults("mail.url = ''").contains("mail.url (signet.toml)"));
}

#[test]
fn an_empty_misspelt_variable_is_refused() {
    let fault = fault_of(&[("SIGNET_LISTN", "")]).unwrap();
    assert!(
        fault.contains("listn (environment SIGNET_LISTN): is not a setting of Signet"),
        "{fault}"
    );
}

#[test]
fn lines_of_other_programs_in_an_env_file_are_ignored() {
    let foreign = [
        "APP_NAME=My Great App",
        "JAVA_OPTS=-Xmx1g -Xms1g",
        "A=it's",
        "a-b=c",
        "GREETING=\"not closed",
        "KEY='-----BEGIN PRIVATE KEY-----",
        "MIGH",
        "-----END PRIVATE KEY-----'",
        "just words",
        "=",
        "export",
        "export PATH",
        "if true; then",
        "A=${B:?no}",
        "DATABASE_URL_REPLICA=mysql://x",
        "signet_listen=x",
        "MY_SIGNET_LISTEN=x",
        "# SIGNET_LISTEN=x",
        "\t",
    ];
    let port = |content: &[u8]| with_env_file(content).unwrap().http.listen.port();
    for line in foreign {
        for end in ["\n", "\r\n"] {
            let text = format!("{line}{end}SIGNET_LISTEN=127.0.0.1:9{end}{line}");
            assert_eq!(port(text.as_bytes()), 9, "{line}");
            let marked = format!("\u{feff}{text}");
            assert_eq!(port(marked.as_bytes()), 9, "{line}");
        }
    }
    assert_eq!(port(b"B=\xff\xfe\nSIGNET_LISTEN=127.0.0.1:9"), 9);
    assert_eq!(port("\u{feff}SIGNET_LISTEN=127.0.0.1:9".as_bytes()), 9);
    let utf_16 = "\u{feff}A=b\r\nSIGNET_LISTEN=127.0.0.1:9".encode_utf16();
    let utf_16: Vec<_> = utf_16.flat_map(u16::to_le_bytes).collect();
    assert_eq!(port(&utf_16), 9);
}

#[test]
fn an_env_file_in_utf_16_without_byte_order_mark_is_refused() {
    for text in [
        "SIGNET_LISTEN=127.0.0.1:9\n",
        "A=b\r\nexport DATABASE_URL=x",
    ] {
        let little: Vec<_> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<_> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for content in [little, big] {
            assert_eq!(
                with_env_file(content).unwrap_err().to_string(),
                "1 setting is wrong:\n  configuration (.env): is UTF-16 without a byte order mark: save it \
                 as UTF-8"
            );
        }
    }
    let foreign: Vec<_> = "A=b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(with_env_file(foreign).is_ok());
}

#[test]
fn faults_in_an_env_file_name_the_line() {
    let text = b"APP_NAME=My Great App\n\
        SIGNET_ISSUER\n\
        export DATABASE_URL='hunter2\n\
        SIGNET_LISTEN=\"a\" hunter2\n\
        SIGNET_LOG__FORMAT=\"\\hunter2\"\n\
        SIGNET_LOG__FILTER=\xff\n\
        DATABASE_URL: hunter2\n\
        SIGNET_COLOUR=red\n\
        SIGNET_PASSWORD__MIN_LENGTH=7\n";
    let faults = with_env_file(text).unwrap_err().to_string();
    assert!(!faults.contains("hunter2"), "{faults}");
    for fault in [
        "issuer (.env line 2, SIGNET_ISSUER): must be NAME=value",
        "database.url (.env line 3, DATABASE_URL): has a quote that is not closed: a value is on one line",
        "listen (.env line 4, SIGNET_LISTEN): has text after the closing quote",
        "log.format (.env line 5, SIGNET_LOG__FORMAT): has a backslash in double quotes before",
        "log.filter (.env line 6, SIGNET_LOG__FILTER): is not UTF-8",
        "database.url (.env line 7, DATABASE_URL): must be NAME=value",
        "colour (.env line 8, SIGNET_COLOUR): is not a setting of Signet",
        "password.min_length (.env line 9, SIGNET_PASSWORD__MIN_LENGTH): must be a whole number",
    ] {
        assert!(faults.contains(fault), "{fault}\n{faults}");
    }
}

#[test]
fn values_of_an_env_file_are_read_without_expansion() {
    for (text, value) in [
        ("ab$cd$5xy", "ab$cd$5xy"),
        ("${HOME}$$\\$x", "${HOME}$$\\$x"),
        ("'ab$cd'", "ab$cd"),
        ("\"ab$cd${X}\"", "ab$cd${X}"),
        (
            "Signet <no-reply@example.com>",
            "Signet <no-reply@example.com>",
        ),
        ("  a b \t", "a b"),
        ("it's", "it's"),
        ("a\"b\"c", "a\"b\"c"),
        ("a#b", "a#b"),
        ("#b", "#b"),
        ("a #b", "a"),
        ("a # b # c", "a"),
        (" # b", ""),
        ("", ""),
        ("''", ""),
        ("\"\"  # nothing", ""),
        ("'a # b'# c", "a # b"),
        ("'a\\nb'", "a\\nb"),
        (r#""a\nb\tc\r\"\\\$""#, "a\nb\tc\r\"\\$"),
        ("a=b=c", "a=b=c"),
        ("pässwörd", "pässwörd"),
    ] {
        assert_eq!(value_of(text).as_deref(), Ok(value), "{text}");
    }
    for text in [
        "'a", "\"a", "\"a\\", "\"a\\\"", "'a' b", "\"a\"b", r#""\x""#, "a\0b",
    ] {
        assert!(value_of(text).is_err(), "{text}");
    }
    // White space around the name, `export`, and a later line that overrides an earlier one.
    let text = b" SIGNET_LISTEN = 127.0.0.1:1\nexport\tSIGNET_LISTEN=127.0.0.1:2\n";
    assert_eq!(with_env_file(text).unwrap().http.listen.port(), 2);
    // The specific variable overrides the shared one, in any order.
    for text in [
        "SIGNET_DATABASE__URL=sqlite://a.db\nDATABASE_URL=sqlite://b.db",
        "DATABASE_URL=sqlite://b.db\nSIGNET_DATABASE__URL=sqlite://a.db",
    ] {
        let config = with_env_file(text).unwrap();
        let url = config.database.url.expose();
        assert_eq!(url.as_str(), "sqlite://a.db");
    }
}

proptest! {
    #[test]
    fn quoted_values_are_read_exactly(value in "[^\\x00\\r\\n]{0,40}") {
        if !value.contains('\'') {
            let single = value_of(&format!("'{value}'"));
            prop_assert_eq!(single.as_deref(), Ok(value.as_str()));
        }
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        let double = value_of(&format!("\"{escaped}\" # comment"));
        prop_assert_eq!(double.as_deref(), Ok(value.as_str()));
    }

    #[test]
    fn unquoted_values_are_read_exactly(value in "[a-zA-Z0-9$\\\\{}@:/?&=%!*+.,;<>-][^\\x00\\pC#\\s]{0,40}") {
        let read = value_of(&value);
        prop_assert_eq!(read.as_deref(), Ok(value.as_str()));
    }

    #[test]
    fn foreign_lines_are_ignored(
        before in "(([a-rt-z_]|[^\\pC])[^\\n]{0,30}\n){0,4}",
        after in "\\PC{0,40}",
    ) {
        let foreign = |text: &str| text.lines().all(|line| !line.contains("SIGNET_") && !line.contains("DATABASE_URL"));
        prop_assume!(foreign(&before) && foreign(&after));
        let text = format!("{before}SIGNET_LISTEN=127.0.0.1:9\n{after}");
        let lines = env_file::lines(text.as_bytes());
        prop_assert_eq!(lines.len(), 1);
        prop_assert_eq!(lines[0].number, 1 + before.matches('\n').count());
        prop_assert_eq!(lines[0].value.as_deref(), Ok("127.0.0.1:9"));
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_faults_name_a_line(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            "(SIGNET_|export |DATABASE_URL|=|'|\"|\\\\|#|\n|\r|[a-z$ ]){0,30}".prop_map(String::into_bytes),
        ],
    ) {
        if let Err(ConfigErrors(faults)) = with_env_file(&bytes) {
            for fault in faults {
                prop_assert!(!fault.to_string().contains(char::is_control), "{:?}", fault);
                prop_assert!(fault.origin.starts_with(".env line ") || fault.origin.is_empty(), "{:?}", fault);
            }
        }
    }
}
