//! Tokens of every release so far stay valid.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::fixture::{Mint, Sample};
use crate::{
    client::Algorithm,
    token::{Access, Refresh, SignUp},
};

/// The releases whose tokens may still be in use.
const RELEASES: &[&str] = &["0.1.0"];

fn folder(release: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(release)
}

/// A mint with the keys of a release in a private folder, because a checkout is readable for other users.
fn mint(release: &str, algorithm: Algorithm) -> Mint {
    let private = tempfile::tempdir().unwrap();
    for suffix in ["es256.pem", "rs256.pem", "eddsa.pem", "secret"] {
        let name = format!("20260101T000000Z.{suffix}");
        let path = private.path().join(&name);
        fs::copy(folder(release).join(name), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    Mint::of_folder(private, algorithm)
}

fn assert_valid<K: Sample>(mint: &Mint, release: &str, name: &str) {
    let token = fs::read_to_string(folder(release).join(name)).unwrap();
    assert_eq!(
        mint.verify::<K>(token.trim()),
        Ok(K::sample()),
        "{name} of {release}"
    );
}

#[test]
fn tokens_of_every_release_still_verify() {
    for release in RELEASES {
        for algorithm in Algorithm::ALL {
            let name = match algorithm {
                Algorithm::Es256 => "access.jwt",
                Algorithm::Rs256 => "access.rs256.jwt",
                Algorithm::EdDsa => "access.eddsa.jwt",
            };
            assert_valid::<Access>(&mint(release, *algorithm), release, name);
        }
        let mint = mint(release, Algorithm::Es256);
        assert_valid::<Refresh>(&mint, release, "refresh.jwt");
        assert_valid::<SignUp>(&mint, release, "sign-up");
    }
}
