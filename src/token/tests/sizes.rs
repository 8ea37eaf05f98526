//! The longest tokens that a configuration allows.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::RsaKeyPair,
};

use serde_json::Value;

use super::fixture::{ISSUER, Mint, Sample, now, seconds};
use crate::{
    client::{Acr, Algorithm, Client, KeyConfirmation, KeyThumbprint, UserColumn},
    config::{Config, FlagSettings, SettingSources, longest_access_token, longest_claim},
    entropy::Entropy,
    identity::{EmailAddress, ImageUrl, PersonName, Role},
    json::UniqueMembers,
    keyring,
    token::{Access, Refresh, Tokens},
};

/// The longest access token in a header and the longest cookie, in bytes.
const MAX_ACCESS_BYTES: usize = 1536;
const MAX_COOKIE_BYTES: usize = 4096;

/// A client with the longest identifier and audience, and a scope of that many characters.
fn client(algorithm: Algorithm, scope: usize) -> String {
    let audience = format!("https://{}.example/", "a".repeat(91));
    format!(
        "[[clients]]\nclient_id = '{}'\nalgorithm = '{algorithm}'\naudience = '{audience}'\n\
         scopes = '{}'\n",
        "c".repeat(64),
        "s".repeat(scope),
    )
}

fn load(issuer: &str, clients: &str) -> Result<Config, String> {
    let text = format!("issuer = '{issuer}'\n{clients}");
    let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
    Config::load(sources).map_err(|faults| faults.to_string())
}

/// Returns the longest scope that a client of that algorithm may have.
fn longest_scope(issuer: &str, algorithm: Algorithm) -> usize {
    let scopes: Vec<usize> = (0..1024).collect();
    scopes.partition_point(|scope| load(issuer, &client(algorithm, *scope)).is_ok()) - 1
}

/// Returns the longest claims of that client. The struct has no `..`, so a new claim must be added here.
fn longest_access(tokens: &Tokens, client: &Client) -> Access {
    Access {
        iss: tokens.issuer().as_str().to_owned(),
        sub: Access::sample().sub,
        aud: client.audience.clone(),
        exp: now() + seconds(900),
        iat: now(),
        jti: "j".repeat(22),
        client_id: client.client_id.clone(),
        sid: "s".repeat(22),
        auth_time: now(),
        acr: Acr::MultiFactor,
        amr: ["pwd", "hwk", "mfa"].map(str::to_owned).to_vec(),
        scope: client.scopes.clone(),
        roles: vec![Role::parse(&"r".repeat(32)).unwrap()],
        epoch: serde_json::from_str("9007199254740991").unwrap(),
        cnf: client.binds_access_tokens().then(confirmation),
        session_jkt: (client.binds_refresh_tokens() && !client.binds_access_tokens())
            .then(|| confirmation().jkt),
        extra: UniqueMembers(client.claims.of_row(|column| Some(longest_value(column)))),
    }
}

fn confirmation() -> KeyConfirmation {
    let jkt = KeyThumbprint::parse(&"A".repeat(43)).unwrap();
    KeyConfirmation { jkt }
}

/// Returns the longest value of a column. A longer picture URL is left out of tokens.
fn longest_value(column: UserColumn) -> Value {
    let image = format!("https://example.com/{}", "i".repeat(512 - 20));
    let address = format!(
        "{}@{}.{}.{}",
        "a".repeat(64),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(61)
    );
    let text = match column {
        UserColumn::Id => Access::sample().sub.to_string(),
        UserColumn::Email => EmailAddress::parse(&address).unwrap().to_string(),
        UserColumn::EmailVerified => return false.into(),
        UserColumn::Name => PersonName::parse(&"\u{1f600}".repeat(200))
            .unwrap()
            .to_string(),
        UserColumn::Image => ImageUrl::parse(&image).unwrap().to_string(),
        UserColumn::Role => Role::parse(&"r".repeat(32)).unwrap().to_string(),
    };
    text.into()
}

fn longest_refresh(tokens: &Tokens, client: &Client) -> Refresh {
    let access = longest_access(tokens, client);
    Refresh {
        iss: access.iss,
        aud: tokens.refresh_audience().to_owned(),
        sub: access.sub,
        client_id: access.client_id,
        sid: access.sid,
        jti: access.jti,
        iat: now(),
        exp: now() + seconds(3600),
        abs_exp: now() + seconds(7200),
        auth_time: now(),
        acr: access.acr,
        amr: access.amr,
        epoch: access.epoch,
        scope: access.scope,
        resource: Some(access.aud),
        cnf: client.binds_refresh_tokens().then(confirmation),
    }
}

/// A mint for such clients. If it uses an RSA key, the key has the maximum size.
fn mint(issuer: &str, algorithm: Algorithm, clients: &str) -> Mint {
    let folder = tempfile::tempdir().unwrap();
    let entropy = Entropy::system();
    let quick = [Algorithm::EdDsa, Algorithm::Es256];
    keyring::generate(folder.path(), &quick, &entropy, now()).unwrap();
    if algorithm == Algorithm::Rs256 {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
        let der: Pkcs8V1Der = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
        Mint::write_rsa_key(folder.path(), &pem);
    }
    Mint::configured(folder, algorithm, issuer, clients)
}

#[test]
fn longest_configurable_tokens_fit_header_and_cookie() {
    let issuer = format!("https://{}.example/tenant", "i".repeat(60));
    for algorithm in Algorithm::ALL {
        let scope = longest_scope(&issuer, *algorithm);
        let mint = mint(&issuer, *algorithm, &client(*algorithm, scope));
        let client = mint.tokens.clients().choose(None).unwrap();

        let claims = longest_access(&mint.tokens, client);
        let access = mint.tokens.mint(&claims, now()).unwrap();
        // The size that the configuration computes is exact …
        let calculated = longest_access_token(mint.tokens.issuer(), client);
        assert_eq!(access.len(), calculated, "{algorithm}");
        // … and one more character would be refused.
        assert!((MAX_ACCESS_BYTES - 2..=MAX_ACCESS_BYTES).contains(&access.len()));
        assert_eq!(mint.verify::<Access>(&access), Ok(claims));

        let claims = longest_refresh(&mint.tokens, client);
        let refresh = mint.tokens.mint(&claims, now()).unwrap();
        let cookie = format!("__Secure-signet-refresh={refresh}");
        assert!(cookie.len() <= MAX_COOKIE_BYTES, "{}", cookie.len());
    }
}

#[test]
fn client_with_overlong_tokens_is_rejected_by_its_setting() {
    let issuer = format!("https://{}.example/tenant", "i".repeat(60));
    for algorithm in Algorithm::ALL {
        let refused = load(&issuer, &client(*algorithm, 600)).unwrap_err();
        let setting = "1 setting is wrong:\n  clients[0].scopes (signet.toml line 6): makes ";
        assert!(refused.starts_with(setting), "{refused}");
        assert!(refused.ends_with("at most 1536 are allowed"), "{refused}");
    }
    // Each of these characters takes six bytes when escaped in JSON.
    let audience = "\\u0001".repeat(200);
    let client = format!("[[clients]]\nclient_id = 'c'\naudience = \"{audience}\"");
    let refused = load(&issuer, &client).unwrap_err();
    let setting = "clients[0].audience (signet.toml line 4): makes ES256 access tokens of up to 2";
    assert!(refused.contains(setting), "{refused}");
}

#[test]
fn longest_issuer_fits_the_default_client() {
    let issuer = format!("https://{}.example", "i".repeat(200 - 16));
    assert_eq!(issuer.len(), 200);
    assert!(load(&issuer, "").is_ok());
}

/// A client that adds every column of the user, and a text of that many characters.
fn client_with_claims(algorithm: Algorithm, padding: usize) -> String {
    format!(
        "[[clients]]\nclient_id = 'c'\nalgorithm = '{algorithm}'\ntyp = 'JWT'\n\
         [clients.claims]\nemail = '$email'\nemail_verified = '$email_verified'\nname = '$name'\n\
         picture = '$image'\nrole = '$role'\nnested.id = ['$id', 7]\npadding = '{}'",
        "p".repeat(padding)
    )
}

#[test]
fn longest_tokens_with_client_claims_fit_a_cookie() {
    for column in UserColumn::ALL {
        let longest = longest_value(*column).to_string();
        assert_eq!(longest.len(), longest_claim(*column), "{column:?}");
    }
    for algorithm in Algorithm::ALL {
        let paddings: Vec<usize> = (0..1024).collect();
        let loads = |padding| load(ISSUER, &client_with_claims(*algorithm, padding));
        let padding = paddings.partition_point(|padding| loads(*padding).is_ok()) - 1;
        let refused = loads(padding + 1).unwrap_err();
        let setting = "1 setting is wrong:\n  clients[0].claims (signet.toml line 6): makes ";
        assert!(refused.starts_with(setting), "{refused}");
        assert!(refused.ends_with("at most 1536 are allowed"), "{refused}");

        let mint = mint(ISSUER, *algorithm, &client_with_claims(*algorithm, padding));
        let client = mint.tokens.clients().choose(None).unwrap();
        let claims = longest_access(&mint.tokens, client);
        let access = mint.tokens.mint(&claims, now()).unwrap();
        let calculated = longest_access_token(mint.tokens.issuer(), client);
        assert_eq!(access.len(), calculated, "{algorithm}");
        // The values that the user has chosen, in base64, make the whole difference.
        let chosen = 4 * (254 + 800 + 512) / 3;
        let apart = access.len() - chosen;
        assert!(
            (MAX_ACCESS_BYTES - 3..=MAX_ACCESS_BYTES).contains(&apart),
            "{apart}"
        );
        let cookie = format!("__Secure-signet-access={access}");
        assert!(cookie.len() <= MAX_COOKIE_BYTES, "{}", cookie.len());
        assert_eq!(mint.verify::<Access>(&access), Ok(claims));
    }
}

#[test]
fn repeated_user_values_fit_a_cookie() {
    let client = |name: usize, email: usize| {
        let words = ["'$name',".repeat(name), "'$email',".repeat(email)].concat();
        format!("[[clients]]\nclient_id = 'c'\nclaims.all = [{words}]")
    };
    let email = (0..10).find(|email| load(ISSUER, &client(2, email + 1)).is_err());
    let client = client(2, email.unwrap());
    let mint = mint(ISSUER, Algorithm::Es256, &client);
    let claims = longest_access(&mint.tokens, mint.tokens.clients().choose(None).unwrap());
    let access = mint.tokens.mint(&claims, now()).unwrap();
    let cookie = format!("__Secure-signet-access={access}");
    let left = MAX_COOKIE_BYTES - cookie.len();
    assert!(left < in_base64(254 + "\"\",".len()), "{left}");

    let refused = load(ISSUER, &client.replace("['$name'", "['$email','$name'")).unwrap_err();
    let setting =
        "1 setting is wrong:\n  clients[0].claims (signet.toml line 4): makes ES256 access";
    assert!(refused.starts_with(setting), "{refused}");
    assert!(
        refused.ends_with("of maximum length: at most 4073 are allowed"),
        "{refused}"
    );
}

fn in_base64(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

#[test]
fn tokens_contain_no_email() {
    for payload in [Access::payload(), Refresh::payload()] {
        assert!(!payload.to_string().contains('@'));
    }
}
