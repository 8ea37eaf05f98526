//! Export, import and export again are equal.

use rstest_reuse::apply;
use serde_json::json;
use signet::import::ImportSource;

use super::{exported, import, options};
use crate::support::{Engine, TestService, both_engines};

#[apply(both_engines)]
#[tokio::test]
async fn imported_export_is_exported_unchanged(engine: Engine) {
    let first = TestService::on(engine).await;
    let now = first.clock.now();
    let session = first.signed_up("zoe@example.com").await;
    first.unverified_user("ada@example.com").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let line = json!({
        "email": "bob@example.com", "email_verified": true, "name": "Bob \"\u{1f469}\" O\u{2019}Brien",
        "image": "https://example.com/bob.png", "disabled": true, "created_at": "2020-02-03T04:05:06.789Z",
    });
    let foreign = json!({"email": "cem@example.com", "role": "editor", "accounts": [
        {"type": "import", "provider": "import:auth0", "id": "x"},
        {"type": "oauth", "provider": "github", "id": "2"},
        {"type": "oidc", "provider": "https://id.example", "id": "3"},
        {"type": "oidc", "provider": "https://id.example", "id": "1"}]});
    std::fs::write(&file, format!("{line}\n{foreign}\n")).unwrap();
    let neutral = || options(ImportSource::Signet, now);
    let imported = import(&first, neutral(), std::slice::from_ref(&file)).await;
    assert_eq!(imported, ([2, 0, 0], vec![]));
    let text = exported(&first.app.store).await;
    assert_eq!(text.lines().count(), 4);
    let ids: Vec<_> = text.lines().map(|line| line[7..43].to_owned()).collect();
    assert!(ids.is_sorted(), "{ids:?}");

    let second = TestService::on(engine).await;
    std::fs::write(&file, &text).unwrap();
    let imported = import(&second, neutral(), std::slice::from_ref(&file)).await;
    assert_eq!(imported, ([4, 0, 0], vec![]));
    assert_eq!(exported(&second.app.store).await, text);
    let imported = import(&second, neutral(), std::slice::from_ref(&file)).await;
    assert_eq!(imported, ([0, 4, 0], vec![]));
    assert_eq!(exported(&second.app.store).await, text);

    // The user keeps the ID, the password and the login by mail.
    let zoe = second.anon().logged_in("zoe@example.com").await;
    assert_eq!(zoe.claims()["sub"], session.claims()["sub"]);
    let accounts = zoe.get("/me/accounts").await.json();
    let providers: Vec<_> = accounts["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["provider"].clone())
        .collect();
    assert_eq!(providers, ["credentials", "email"]);
}

/// Rows that collide with users of the database or of the same file.
#[apply(both_engines)]
#[tokio::test]
async fn colliding_rows_are_refused_and_others_imported(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let (id, other) = (
        ada.claims()["sub"].clone(),
        "018d0000-0000-7002-8000-000000000001",
    );
    let google = |id: u8| json!([{"type": "oidc", "provider": "google", "id": id.to_string()}]);
    let keyed =
        |id: u8| json!([{"type": "import", "provider": "import:own", "id": id.to_string()}]);
    let rows = [
        (json!({"id": id, "email": "ada@example.com"}), "unchanged"),
        (
            json!({"id": id, "email": "new@example.com"}),
            "account_taken",
        ),
        (
            json!({"id": other, "email": "ADA@example.com"}),
            "email_taken",
        ),
        (
            json!({"id": other, "email": "bob@example.com", "accounts": google(1)}),
            "imported",
        ),
        (
            json!({"id": other, "email": "bob@example.com"}),
            "unchanged",
        ),
        (json!({"email": "bob@example.com"}), "email_taken"),
        (
            json!({"email": "cem@example.com", "accounts": google(1)}),
            "account_taken",
        ),
        (
            json!({"email": "dora@example.com", "accounts": keyed(1)}),
            "imported",
        ),
        (
            json!({"email": "other@example.com", "accounts": keyed(1)}),
            "unchanged",
        ),
        (
            json!({"email": "fred@stra\u{df}e.example", "accounts": keyed(2)}),
            "imported",
        ),
        (json!({"email": "\u{df}@example.com"}), "invalid_email"),
        (json!({"id": "7", "email": "eve@example.com"}), "malformed"),
        (
            json!({"email": "eve@example.com", "role": "No Role"}),
            "malformed",
        ),
        (
            json!({"email": "eve@example.com", "created_at": "yesterday"}),
            "malformed",
        ),
        (
            json!({"email": "eve@example.com", "disabled": "perhaps"}),
            "malformed",
        ),
        (
            json!({"email": "eve@example.com", "accounts": {}}),
            "malformed",
        ),
        (
            json!({"email": "eve@example.com", "accounts": [{"type": "email", "provider": "email", "id": "x"}]}),
            "malformed",
        ),
        (
            json!({"email": "eve@example.com", "accounts": [{"type": "oidc", "provider": "import:own", "id": "x"}]}),
            "malformed",
        ),
        (
            json!({"email": "eve@example.com", "password_hash": "$9$x"}),
            "unknown_hash",
        ),
        (
            json!({"email": "eve@example.com", "password_hash": "$2b$31$abcdefghijklmnopqrstuuZ0Lzu7tN6dQ9fFbFUYAiCUOyL5qfP1e"}),
            "hash_parameters",
        ),
        (
            json!({"email": "eve@example.com", "password_hash": "5f4dcc3b5aa765d61d8327deb882cf99"}),
            "weak_hash",
        ),
        (json!({"email": "eve@example.com"}), "imported"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let text: Vec<_> = rows.iter().map(|(row, _)| row.to_string()).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let count = |sought: &str| rows.iter().filter(|(_, it)| *it == sought).count() as u64;
    let refusals: Vec<_> = rows
        .iter()
        .zip(1..)
        .filter(|((_, it), _)| !["imported", "unchanged"].contains(it))
        .map(|((_, reason), line)| format!("users.jsonl:{line}: {reason}"))
        .collect();
    let refused = refusals.len() as u64;
    for is_dry_run in [true, false] {
        let mut options = options(ImportSource::Signet, service.clock.now());
        options.is_dry_run = is_dry_run;
        let done = import(&service, options, std::slice::from_ref(&file)).await;
        let numbers = [count("imported"), count("unchanged"), refused];
        assert_eq!(done, (numbers, refusals.clone()));
    }
}
