//! The version of this build.

/// Returns the version, the commit of a release build, and the features of the build.
pub(super) fn long() -> String {
    let commit = match env!("SIGNET_COMMIT") {
        "" => "development build",
        commit => commit,
    };
    let features = [
        ("service", cfg!(feature = "service")),
        ("verifier", cfg!(feature = "verifier")),
        ("axum", cfg!(feature = "axum")),
    ];
    let features = features.iter().filter(|(_, is_built)| *is_built);
    let features: Vec<_> = features.map(|(name, _)| *name).collect();
    format!(
        "{} ({commit})\nfeatures: {}",
        env!("CARGO_PKG_VERSION"),
        features.join(", ")
    )
}
