//! A certified OpenID provider (`tests/recipes/oidc-provider`), of which the service is a client.

use super::recipes::Recipe;

/// Where a service of any address has people come back to.
pub const CALLBACK: &str = "/callback/own";

/// What it knows the service by.
const CLIENT_ID: &str = "signet";
const CLIENT_SECRET: &str = "a secret between the two of them";

/// One that runs.
pub struct Provider {
    pub url: String,
    _recipe: Recipe,
}

impl Provider {
    /// Starts one that sends people back to that URL.
    pub fn start(callback: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let mut all = vec![
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("REDIRECT_URI", callback),
        ];
        all.extend(environment);
        let recipe = Recipe::start("oidc-provider", "", &all)?;
        // Another site than the service's, which is at 127.0.0.1.
        let url = format!("http://localhost:{}", recipe.address.port());
        Some(Self {
            url,
            _recipe: recipe,
        })
    }
}
