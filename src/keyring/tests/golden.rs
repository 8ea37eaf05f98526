//! The published key set, compared byte for byte.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::{
    super::*,
    folders::{config, load},
    start,
};

/// Copies the golden keys to a private folder, because a checkout is readable for other users.
fn golden_keys() -> tempfile::TempDir {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/0.1.0");
    let private = tempfile::tempdir().unwrap();
    for suffix in ["rs256.pem", "eddsa.pem", "es256.pem", "secret"] {
        let name = format!("20260101T000000Z.{suffix}");
        let path = private.path().join(&name);
        fs::copy(golden.join(name), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    private
}

#[test]
fn key_set_matches_the_golden_file() {
    let folder = golden_keys();
    let config = config(folder.path(), Algorithm::ALL);
    let (keyring, _) = load(&config, start()).unwrap();
    let golden = include_str!("../../../tests/golden/jwks.json");
    assert_eq!(keyring.jwks(start()).text(), golden.trim_end());
    // Every node and every start publishes the same bytes, so cached copies stay valid.
    let (again, _) = load(&config, start()).unwrap();
    assert_eq!(again.jwks(start()), keyring.jwks(start()));
}
