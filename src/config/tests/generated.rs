//! Generated configurations.

use proptest::prelude::*;

use super::*;

/// Generates known and unknown settings, with values of every type.
fn lines() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "issuer",
        "listen",
        "database.url",
        "database.connections",
        "keys.folder",
        "keys.retire_after",
        "tokens.access_lifetime",
        "tokens.refresh_idle",
        "tokens.leeway",
        "password.min_length",
        "password.memory_kib",
        "http.max_body",
        "log.format",
        "log.filter",
        "clients",
        "colour",
        "''",
    ]);
    let value = "'[^'\\pC]{0,20}'|-?[1-9][0-9]{0,18}|true|[0-9]\\.[0-9]|\\[\\]|\\['a', 1\\]|\\{ a = 1 \\}\
                 |'[0-9]{1,6}[smhd]'|1979-05-27";
    let line = (name, value).prop_map(|(name, value)| format!("{name} = {value}"));
    let client = "client_id = '[a-z ]{0,4}'|scopes = \\['[a-z\"]{0,3}'\\]|transport = '(bearer|cookie)'\
                  |access_lifetime = '[0-9]{1,4}[smd]'|algorithm = '(ES256|RS256|none)'|typ = '(JWT|jwt)'\
                  |redirect_uris = \\['(https?|a.b)://[a-z.:/]{0,9}'\\]\
                  |claims = \\{ ('[a-z. ]{0,4}'|role) = ('\\$?[a-z]{0,4}'|[0-9]|\\[1, 'a'\\]|\\{\\}) \\}";
    let client = prop::collection::vec(client, 0..4);
    let client = client.prop_map(|lines| format!("[[clients]]\n{}", lines.join("\n")));
    let kind = "kind = '(google|github|apple|microsoft|gitlab|discord|oidc|x)'";
    let more = "id = '[a-z/]{0,3}'|client_id = '[a-z ]{0,3}'|client_secret = '.?'|team_id = '[A-Z]{10}'\
                |issuer = 'https?://[a-z.:/]{0,9}'|base_url = 'https://[a-z]{0,3}'|tenant = 'common'\
                |scopes = '[a-z ]{0,6}'|private_key_file = '/a'|trusts_addresses = true";
    let provider = (kind, prop::collection::btree_set(more, 0..6));
    let provider = provider.prop_map(|(kind, lines)| {
        let lines: Vec<_> = lines.into_iter().collect();
        format!("[[providers]]\n{kind}\n{}", lines.join("\n"))
    });
    let parts = (
        prop::collection::vec(line, 0..6),
        prop::collection::vec(client, 0..3),
        prop::collection::vec(provider, 0..3),
    );
    parts.prop_map(|(lines, clients, providers)| [lines, clients, providers].concat().join("\n"))
}

proptest! {
    #[test]
    fn any_text_loads_or_has_faults_that_name_settings(
        text in prop_oneof![lines(), "\\PC{0,80}", "[a-z\\[\\]{}.='\"\\n 0-9]{0,80}"],
    ) {
        match load(&text, &[], FlagSettings::default()) {
            Ok(config) => prop_assert!(config.issuer.is_https() || config.is_loopback()),
            Err(ConfigErrors(faults)) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(!fault.setting.is_empty() && !fault.problem.is_empty());
                    prop_assert!(!fault.to_string().contains(char::is_control), "{:?}", fault);
                }
            }
        }
    }
}
