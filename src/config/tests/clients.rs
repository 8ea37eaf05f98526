//! Settings of a client that shape its tokens.

use super::{super::*, faults, load};
use crate::client::{ClaimTemplate, ExtraClaims, Typ, UserColumn};

#[test]
fn typ_is_at_jwt_or_jwt() {
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

fn claim_faults(lines: &str) -> String {
    faults(&format!(
        "[[clients]]\nclient_id = 'a'\n[clients.claims]\n{lines}"
    ))
}

#[test]
fn claims_hold_constants_and_columns_in_any_nesting() {
    let claims = claims(
        "role = '$role'\ntenant = 'acme'\nlevel = -7\nbeta = true\nprice = '$$5'\ncost = '5$'\n\
         verified = '$email_verified'\nnames = ['$name', 'x', ['$image']]\n\
         [clients.claims.'https://hasura.io/jwt/claims']\nx-hasura-user-id = '$id'\n\
         who.mail = '$email'",
    );
    // Each column holds its own name.
    let row = |column: UserColumn| Some(column.as_str().into());
    let expected = serde_json::json!({
        "role": "role", "tenant": "acme", "level": -7, "beta": true, "price": "$5", "cost": "5$",
        "verified": "email_verified", "names": ["name", "x", ["image"]],
        "https://hasura.io/jwt/claims": { "x-hasura-user-id": "id", "who": { "mail": "email" } },
    });
    assert_eq!(claims.of_row(row), *expected.as_object().unwrap());
    // A column without a value is omitted; its list or table stays.
    let empty = serde_json::json!({
        "tenant": "acme", "level": -7, "beta": true, "price": "$5", "cost": "5$",
        "names": ["x", []], "https://hasura.io/jwt/claims": { "who": {} },
    });
    assert_eq!(claims.of_row(|_| None), *empty.as_object().unwrap());
    assert_eq!(
        no_claims().of_row(|column| unreachable!("{column:?}")),
        serde_json::Map::new()
    );
}

/// Returns the claims of a client that adds none.
fn no_claims() -> ExtraClaims {
    claims("")
}

#[test]
fn reserved_claims_are_refused() {
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
        "session_jkt",
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
            claim_faults(&format!("{name} = 'x'")),
            format!(
                "1 setting is wrong:\n  clients[0].claims.{name} (signet.toml): is reserved: Signet or \
                 a specification defines this claim"
            )
        );
        // A nested claim may have any name.
        let nested = claims(&format!("inner.{name} = 'x'"));
        assert_eq!(nested.names().collect::<Vec<_>>(), ["inner"]);
    }
    // Some JSON readers also fold these letters.
    for name in [
        "\u{17f}ub",
        "I\u{17f}s",
        "\u{17f}cope",
        "authorization_detail\u{17f}",
    ] {
        let faults = claim_faults(&format!("'{name}' = 'x'"));
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
fn permission_claims_refuse_columns_that_users_choose() {
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
            claim_faults(lines),
            format!(
                "1 setting is wrong:\n  clients[0].claims.{name} (signet.toml): must not be \
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
        // A sibling of a claim with permissions may hold any column.
        "a = { role = '$role', who = '$name' }\nb = '$image'",
    ] {
        assert!(claims(fine).names().count() > 0, "{fine}");
    }
}

#[test]
fn all_faults_of_claims_are_listed_by_name() {
    let faults = claim_faults(
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
        claim_faults(&nested(5)),
        "1 setting is wrong:\n  clients[0].claims.deep[0][0][0][0] (signet.toml): must be nested at \
         most 5 levels deep"
    );
    // Each list and each value counts.
    let many = |values: usize| format!("many = [{}]", "1,".repeat(values - 1));
    assert_eq!(claims(&many(64)).names().count(), 1);
    assert_eq!(
        claim_faults(&many(65)),
        "1 setting is wrong:\n  clients[0].claims (signet.toml): must have at most 64 values in total"
    );
    let named = |bytes: usize| format!("{} = 1", "n".repeat(bytes));
    assert_eq!(claims(&named(128)).names().count(), 1);
    assert!(
        claim_faults(&named(129)).ends_with("must have a name of 1 to 128 bytes"),
        "{}",
        claim_faults(&named(129))
    );
}

#[test]
fn claims_are_only_set_as_a_table_in_the_file() {
    let text = faults("[[clients]]\nclient_id = 'a'\nclaims = '$role'");
    assert_eq!(
        text,
        "1 setting is wrong:\n  clients[0].claims (signet.toml): must be a table: [clients.claims]"
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
fn columns_are_matched_by_exact_name() {
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
        let refused = claim_faults(&format!("x = '{word}'"));
        assert!(
            refused.ends_with(
                "clients[0].claims.x (signet.toml): begins with $ but is not one of $id, $email, \
                 $email_verified, $name, $image, $role. For the text \"$x\", write \"$$x\""
            ),
            "{refused}"
        );
    }
}
