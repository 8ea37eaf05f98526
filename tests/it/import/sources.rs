//! The files of every source: each has three users with passwords, a user without one, a disabled user, and one with the
//! email of the first.

use std::fs;

use serde_json::{Value, json};
use signet::{
    import::ImportSource::{self, *},
    password::FirebaseParameters,
};

use super::{exported, fixture, import, options};
use crate::support::TestService;

const ADA: (&str, &str) = ("ada@example.com", "correct horse battery staple");
/// 73 bytes, of which bcrypt has compared 72.
const BOB: (&str, &str) = (
    "bob@example.com",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb!",
);
/// The password is in NFD, as other systems have hashed it.
const CEM: (&str, &str) = ("cem@b\u{fc}cher.example", "pa\u{308}sswo\u{308}rd of Cem");

/// A source, its files, the refused row, and the time of creation.
type Case = (
    ImportSource,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const CREATED: &str = "2024-02-03T04:05:06Z";
const NOW: &str = "2026-01-01T00:00:00Z";

const CASES: &[Case] = &[
    (Auth0, &["auth0.jsonl"], "auth0.jsonl:6", NOW),
    (Firebase, &["firebase.json"], "firebase.json:63", CREATED),
    (Firebase, &["firebase.csv"], "firebase.csv:6", CREATED),
    (
        Supabase,
        &["supabase-identities.csv", "supabase-users.csv"],
        "supabase-users.csv:7",
        CREATED,
    ),
    (Keycloak, &["keycloak.json"], "keycloak.json:123", CREATED),
    (Django, &["django.json"], "django.json:72", CREATED),
    (Devise, &["devise.csv"], "devise.csv:7", CREATED),
    (WordPress, &["wordpress.csv"], "wordpress.csv:7", CREATED),
    (
        BetterAuth,
        &["better-auth-account.jsonl", "better-auth-user.jsonl"],
        "better-auth-user.jsonl:6",
        CREATED,
    ),
    (Aspnet, &["aspnet.csv"], "aspnet.csv:7", NOW),
    (Clerk, &["clerk.csv"], "clerk.csv:7", NOW),
    (Kratos, &["kratos.json"], "kratos.json:145", CREATED),
    (Signet, &["signet.jsonl"], "signet.jsonl:6", CREATED),
];

/// Sources that verify no email, and those without accounts of providers.
const UNVERIFIED: &[ImportSource] = &[Django, WordPress];
const WITHOUT_PROVIDERS: &[ImportSource] = &[Django, WordPress, Aspnet, Clerk];

#[tokio::test]
async fn users_of_every_source_log_in_and_are_rehashed() {
    for (source, files, refused, created_at) in CASES {
        let label = source.as_str();
        let service = TestService::new().await;
        let given = || {
            let mut options = options(*source, service.clock.now());
            options.allows_weak = *source == WordPress;
            let config = fs::read_to_string(fixture("firebase.hash_config")).unwrap();
            options.hash_config =
                (*source == Firebase).then(|| FirebaseParameters::parse(&config).unwrap());
            options.pepper = (*source == Devise).then(|| "pepper of Devise".into());
            options
        };
        let files: Vec<_> = files.iter().map(|file| fixture(file)).collect();
        let refusal = format!("{refused}: email_taken");

        let mut dry = given();
        dry.is_dry_run = true;
        let planned = import(&service, dry, &files).await;
        assert_eq!(planned, ([5, 0, 1], vec![refusal.clone()]), "{label}");
        assert_eq!(exported(&service.app.store).await, "", "{label}");

        let imported = import(&service, given(), &files).await;
        assert_eq!(imported, ([5, 0, 1], vec![refusal.clone()]), "{label}");
        let before = exported(&service.app.store).await;
        assert_users(*source, &before, created_at);

        for (email, password) in [ADA, BOB, CEM] {
            let wrong = service.anon().log_in(email, &format!("x{password}")).await;
            wrong.assert_status(401);
            let right = service.anon().log_in(email, password).await;
            assert_eq!(right.status, 200, "{label}: {email}");
            let email = email.parse().unwrap();
            let found = service.app.store.user_with_password(&email).await.unwrap();
            let verifier = found.unwrap().verifier.unwrap();
            let is_rehashed = verifier.expose().starts_with("$argon2id$");
            assert!(is_rehashed, "{label}: {}", verifier.expose());
            service
                .anon()
                .log_in(email.as_str(), password)
                .await
                .assert_status(200);
        }
        let disabled = service.anon().log_in("eve@example.com", ADA.1).await;
        disabled.assert_status(401);

        let after = exported(&service.app.store).await;
        let again = import(&service, given(), &files).await;
        assert_eq!(again, ([0, 5, 1], vec![refusal]), "{label}");
        assert_eq!(exported(&service.app.store).await, after, "{label}");
    }
}

/// Checks everything that is imported beside the passwords.
fn assert_users(source: ImportSource, exported: &str, created_at: &str) {
    let label = source.as_str();
    let users: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(users.len(), 5, "{label}");
    let user = |email: &str| {
        let mut all = users.iter();
        all.find(|user| user["email"] == email).unwrap()
    };
    let (ada, bob) = (user("ada@example.com"), user("bob@example.com"));
    let cem = user("cem@xn--bcher-kva.example");
    assert_eq!(
        ada["email_verified"],
        !UNVERIFIED.contains(&source),
        "{label}"
    );
    assert_eq!(bob["email_verified"], false, "{label}");
    assert_eq!(bob["created_at"], created_at, "{label}");
    if source != Aspnet {
        assert_eq!(ada["name"], "Ada Lovelace", "{label}");
        // The direction override is removed, except from Signet's own export, where it cannot be.
        assert!(
            source == Signet || cem["name"] == "Cem Oz",
            "{label}: {cem}"
        );
    }
    assert_eq!(bob.get("name"), None, "{label}: a name that is too long");
    assert_eq!(
        user("dora@example.com").get("password_hash"),
        None,
        "{label}"
    );
    for (email, is_disabled) in [("dora@example.com", false), ("eve@example.com", true)] {
        assert_eq!(user(email)["disabled"], is_disabled, "{label}: {email}");
    }
    let accounts = ada["accounts"].as_array().unwrap();
    let google = json!({"type": "oidc", "provider": "google", "id": "1001"});
    let has_google = accounts.contains(&google);
    assert_eq!(
        has_google,
        !WITHOUT_PROVIDERS.contains(&source),
        "{label}: {ada}"
    );
    let mut own = accounts.iter().filter(|it| it["type"] == "import");
    let own = own.next().map(|it| it["provider"].clone());
    let expected = (source != Signet).then(|| json!(format!("import:{label}")));
    assert_eq!(own, expected, "{label}");
    let role = if source == Signet { "editor" } else { "user" };
    assert_eq!(ada["role"], role, "{label}");
}
