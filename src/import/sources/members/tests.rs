//! The users of each source, read as those of every other source.

use std::path::Path;

use chrono::DateTime;
use serde_json::{Value, json};

use crate::import::{
    ImportOptions,
    ImportSource::{self, *},
    ProviderNames,
    reader::{NextRow, RowReader},
    record::ImportedRow,
    refusal::RowRefusal,
    row::SourceRow,
};

/// The files of users, of which the first has a password.
const FILES: &[(ImportSource, &str)] = &[
    (Auth0, "auth0.jsonl"),
    (Firebase, "firebase.json"),
    (Firebase, "firebase.csv"),
    (Supabase, "supabase-users.csv"),
    (Keycloak, "keycloak.json"),
    (Django, "django.json"),
    (Devise, "devise.csv"),
    (WordPress, "wordpress.csv"),
    (BetterAuth, "better-auth-user.jsonl"),
    (Aspnet, "aspnet.csv"),
    (Clerk, "clerk.csv"),
    (Kratos, "kratos.json"),
    (Signet, "signet.jsonl"),
];

fn first_row(source: ImportSource, file: &str) -> SourceRow {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/import/files");
    let mut reader = RowReader::open(&folder.join(file), source.formats()).unwrap();
    match reader.next().unwrap() {
        NextRow::Row(_, row) => row,
        _ => panic!("{file} has no row"),
    }
}

fn row(value: &Value) -> SourceRow {
    SourceRow::new(value.as_object().unwrap().clone())
}

fn read(source: ImportSource, row: &SourceRow) -> Result<ImportedRow, RowRefusal> {
    let options = ImportOptions {
        source,
        now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        providers: ProviderNames::default(),
        allows_weak: true,
        hash_config: None,
        pepper: None,
        is_dry_run: false,
    };
    source.read(row, &options)
}

fn assert_refused_elsewhere(owner: ImportSource, row: &SourceRow, label: &str) {
    for source in ImportSource::ALL {
        // The passwords of Better Auth are in another table, and any row with an email can be in the form of Signet.
        if source == owner || (owner == BetterAuth && source == Signet) {
            continue;
        }
        let read = read(source, row);
        let is_without_password =
            matches!(&read, Ok(ImportedRow::User(user)) if user.hash.is_none());
        assert!(
            !is_without_password,
            "{label} as {}: {read:?}",
            source.as_str()
        );
    }
}

#[test]
fn users_of_another_source_are_never_imported_without_their_passwords() {
    for (owner, file) in FILES {
        assert_refused_elsewhere(*owner, &first_row(*owner, file), file);
    }
    let django = json!({"id": "1", "email": "a@example.com", "password": "pbkdf2_sha256$1$s$x", "is_active": "1",
        "username": "a", "date_joined": "2024-02-03"});
    assert_refused_elsewhere(Django, &row(&django), "auth_user");
    let exported = json!({"id": "018d0000-0000-7000-8000-000000000000", "email": "a@example.com", "role": "user",
        "email_verified": true, "disabled": false, "created_at": "2024-02-03T04:05:06Z", "accounts": []});
    assert_refused_elsewhere(Signet, &row(&exported), "an export");
}

#[test]
fn documented_forms_are_accepted() {
    let email = "a@example.com";
    for (source, value) in [
        (Auth0, json!({"user_id": "auth0|1", "email": email})),
        (Auth0, json!({"_id": "1", "email": email})),
        (
            Devise,
            json!({"id": 1, "email": email, "encrypted_password": null}),
        ),
        (
            Supabase,
            json!({"id": "1", "email": email, "encrypted_password": ""}),
        ),
        (
            Aspnet,
            json!({"Id": "1", "Email": email, "PasswordHash": null}),
        ),
        (
            Aspnet,
            json!({"Id": "1", "Email": email, "EmailConfirmed": 1}),
        ),
        (Signet, json!({"email": email})),
    ] {
        let read = read(source, &row(&value));
        assert!(
            matches!(read, Ok(ImportedRow::User(_))),
            "{value}: {read:?}"
        );
    }
    let refused = read(Aspnet, &row(&json!({"Id": "1", "Email": email})));
    let cause = "PasswordHash, or EmailConfirmed is missing";
    assert_eq!(refused.unwrap_err(), RowRefusal::malformed(cause));
}
