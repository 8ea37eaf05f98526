//! What a client's tokens look like.

use super::{super::*, faults, load};
use crate::client::{ClaimTemplate, ExtraClaims, Typ, UserColumn};

#[test]
fn a_client_says_of_which_type_its_tokens_are() {
    let typ = |setting: &str| {
        let file = format!("[[clients]]\nclient_id = 'a'\n{setting}");
        let clients = load(&file, &[], FlagSettings::default()).unwrap().clients;
        clients.get("a").unwrap().typ
    };
    assert_eq!(typ(""), Typ::AtJwt);
    assert_eq!(typ("typ = 'at+jwt'"), Typ::AtJwt);
    assert_eq!(typ("typ = 'JWT'"), Typ::Jwt);
    let refused = faults("[[clients]]\nclient_id = 'a'\ntyp = 'jwt'");
    assert!(
        refused.ends_with("clients[0].typ (signet.toml): must be one of at+jwt, JWT"),
        "{refused}"
    );
}

fn claims(lines: &str) -> ExtraClaims {
    let file = format!("[[clients]]\nclient_id = 'a'\n[clients.claims]\n{lines}");
    let clients = load(&file, &[], FlagSettings::default()).unwrap().clients;
    clients.get("a").unwrap().claims.clone()
}

fn faults_of_claims(lines: &str) -> String {
    faults(&format!(
        "[[clients]]\nclient_id = 'a'\n[clients.claims]\n{lines}"
    ))
}

#[test]
fn claims_are_constants_and_columns_of_the_row_nested_as_written() {
    let claims = claims(
        "role = '$role'\ntenant = 'acme'\nlevel = -7\nbeta = true\nprice = '$$5'\ncost = '5$'\n\
         verified = '$email_verified'\nnames = ['$name', 'x', ['$image']]\n\
         [clients.claims.'https://hasura.io/jwt/claims']\nx-hasura-user-id = '$id'\n\
         who.mail = '$email'",
    );
    // Each column by its own name.
    let row = |column: UserColumn| Some(column.as_str().into());
    let expected = serde_json::json!({
        "role": "role", "tenant": "acme", "level": -7, "beta": true, "price": "$5", "cost": "5$",
        "verified": "email_verified", "names": ["name", "x", ["image"]],
        "https://hasura.io/jwt/claims": { "x-hasura-user-id": "id", "who": { "mail": "email" } },
    });
    assert_eq!(claims.of_row(row), *expected.as_object().unwrap());
    // What the row does not hold is left out; what it stood in stays.
    let empty = serde_json::json!({
        "tenant": "acme", "level": -7, "beta": true, "price": "$5", "cost": "5$",
        "names": ["x", []], "https://hasura.io/jwt/claims": { "who": {} },
    });
    assert_eq!(claims.of_row(|_| None), *empty.as_object().unwrap());
    assert_eq!(
        claims_of_nobody().of_row(|column| unreachable!("{column:?}")),
        serde_json::Map::new()
    );
}

/// Of a client that adds none.
fn claims_of_nobody() -> ExtraClaims {
    claims("")
}

#[test]
fn claims_that_have_a_meaning_already_are_nobodys_to_set() {
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "client_id",
        "sid",
        "auth_time",
        "amr",
        "acr",
        "azp",
        "scope",
        "roles",
        "epoch",
        "cnf",
        "act",
        "may_act",
        "typ",
        "nonce",
        "at_hash",
        "c_hash",
        "s_hash",
        "events",
        "abs_exp",
        "authorization_details",
        "SUB",
        "Roles",
    ] {
        assert_eq!(
            faults_of_claims(&format!("{name} = 'x'")),
            format!(
                "one setting is wrong:\n  clients[0].claims.{name} (signet.toml): is reserved: Signet or \
                 a specification defines this claim"
            )
        );
        // Further down it is anybody's.
        let nested = claims(&format!("inner.{name} = 'x'"));
        assert_eq!(nested.names().collect::<Vec<_>>(), ["inner"]);
    }
    // Of these, too, some readers make the same letters.
    for name in [
        "\u{17f}ub",
        "I\u{17f}s",
        "\u{17f}cope",
        "authorization_detail\u{17f}",
    ] {
        let faults = faults_of_claims(&format!("'{name}' = 'x'"));
        assert!(
            faults.ends_with("is reserved: Signet or a specification defines this claim"),
            "{faults}"
        );
    }
    for name in ["role", "email", "name", "tenant", "groups"] {
        assert_eq!(claims(&format!("{name} = 'x'")).names().count(), 1);
    }
}

#[test]
fn what_a_person_chooses_makes_nobody_more_powerful() {
    for (lines, name) in [
        ("role = '$name'", "role"),
        ("role = '$image'", "role"),
        ("Db_ROLE = '$name'", "Db_ROLE"),
        (
            "'https://a.b/roles' = ['x', ['$name']]",
            "\"https://a.b/roles\"[1][0]",
        ),
        ("role.of.whom = '$name'", "role.of.whom"),
        ("of = [{ my-role = '$image' }]", "of[0].my-role"),
        ("x-hasura-org = '$name'", "x-hasura-org"),
        (
            "'https://hasura.io/jwt/claims'.X-HaSura-Who = '$name'",
            "\"https://hasura.io/jwt/claims\".X-HaSura-Who",
        ),
        (
            "x.'X-ha\u{17f}ura-a' = ['$name']",
            "x.\"X-ha\u{17f}ura-a\"[0]",
        ),
    ] {
        let column = if lines.contains("$name") {
            "$name"
        } else {
            "$image"
        };
        assert_eq!(
            faults_of_claims(lines),
            format!(
                "one setting is wrong:\n  clients[0].claims.{name} (signet.toml): must not be \
                 {column}: users choose this value themselves, and the claim may grant them permissions"
            )
        );
    }
    for fine in [
        "role = '$role'",
        "role = ['$id', '$email', '$email_verified', 'name', '$$name']",
        "x-hasura-user-id = '$id'",
        "a = ['$name', { who = '$image' }]",
        "no-x-hasura-a = '$name'",
        // What stands beside it is another's.
        "a = { role = '$role', who = '$name' }\nb = '$image'",
    ] {
        assert!(claims(fine).names().count() > 0, "{fine}");
    }
}

#[test]
fn whatever_is_wrong_with_claims_is_said_by_its_name() {
    let faults = faults_of_claims(
        "half = 0.5\nborn = 1979-05-27\nbig = 9007199254740992\nleast = -9223372036854775808\n\
         'https://a.b/c'.d = [1, { x = 1.5 }]\n'' = 1\n\"a\\nb\" = inf",
    );
    let ty = "must be a string, an integer, a boolean, a list or a table";
    let range = "must be from -9007199254740991 to 9007199254740991";
    let expected = [
        ("\"\"", "must have a name of 1 to 128 bytes"),
        ("\"a\\nb\"", ty),
        ("big", range),
        ("born", ty),
        ("half", ty),
        ("\"https://a.b/c\".d[1].x", ty),
        ("least", range),
    ];
    let expected = expected
        .map(|(name, problem)| format!("\n  clients[0].claims.{name} (signet.toml): {problem}"));
    assert_eq!(
        faults,
        format!("7 settings are wrong:{}", expected.concat())
    );
}

#[test]
fn claims_are_bounded() {
    let nested = |levels: usize| {
        let value = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        format!("deep = {value}")
    };
    assert_eq!(claims(&nested(4)).names().count(), 1);
    assert_eq!(
        faults_of_claims(&nested(5)),
        "one setting is wrong:\n  clients[0].claims.deep[0][0][0][0] (signet.toml): must be nested at \
         most 5 levels deep"
    );
    // Each list and each value counts.
    let many = |values: usize| format!("many = [{}]", "1,".repeat(values - 1));
    assert_eq!(claims(&many(64)).names().count(), 1);
    assert_eq!(
        faults_of_claims(&many(65)),
        "one setting is wrong:\n  clients[0].claims (signet.toml): must have at most 64 values in total"
    );
    let named = |bytes: usize| format!("{} = 1", "n".repeat(bytes));
    assert_eq!(claims(&named(128)).names().count(), 1);
    assert!(
        faults_of_claims(&named(129)).ends_with("must have a name of 1 to 128 bytes"),
        "{}",
        faults_of_claims(&named(129))
    );
}

#[test]
fn claims_are_a_table_in_the_file_and_nowhere_else() {
    let text = faults("[[clients]]\nclient_id = 'a'\nclaims = '$role'");
    assert_eq!(
        text,
        "one setting is wrong:\n  clients[0].claims (signet.toml): must be a table: [clients.claims]"
    );
    let file = "[[clients]]\nclient_id = 'a'";
    let flags = FlagSettings {
        settings: vec![("clients[0].claims.role".into(), "$role".into())],
        ..FlagSettings::default()
    };
    let elsewhere = load(file, &[], flags).unwrap_err().to_string();
    assert!(
        elsewhere.contains(
            "clients[0].claims.role (command line): can be set only in the configuration"
        ),
        "{elsewhere}"
    );
    let environment = [("SIGNET_CLIENTS__CLAIMS__ROLE", "$role")];
    let elsewhere = load(file, &environment, FlagSettings::default()).unwrap_err();
    assert!(
        elsewhere.to_string().contains(
            "clients.claims.role (environment SIGNET_CLIENTS__CLAIMS__ROLE): is not a setting"
        ),
        "{elsewhere}"
    );
}

#[test]
fn a_column_is_known_by_its_own_name_alone() {
    for column in UserColumn::ALL {
        let read = claims(&format!("x = '${}'", column.as_str()));
        let expected = ExtraClaims::new([("x".to_owned(), ClaimTemplate::Column(*column))].into());
        assert_eq!(read, expected);
    }
    for word in [
        "$",
        "$ID",
        "$ role",
        "$role ",
        "$session_epoch",
        "${role}",
        "$roles",
    ] {
        let refused = faults_of_claims(&format!("x = '{word}'"));
        assert!(
            refused.ends_with(
                "clients[0].claims.x (signet.toml): begins with $ but is not one of $id, $email, \
                 $email_verified, $name, $image, $role. For the text \"$x\", write \"$$x\""
            ),
            "{refused}"
        );
    }
}

#[test]
fn a_client_cannot_have_the_scope_openid_without_id_tokens() {
    let refused = faults("[[clients]]\nclient_id = 'a'\nscopes = ['read', 'openid']");
    assert!(
        refused.ends_with(
            "clients[0].scopes (signet.toml): contains openid, but Signet issues no ID tokens: remove openid"
        ),
        "{refused}"
    );
}
