//! The service as a front door, and a certified OpenID provider (`tests/recipes/oidc-provider`) at
//! which it has people log in.

use std::{fs, sync::Arc};

use serde_json::Value;

use super::{
    app::empty_app,
    process::{Service, free_address},
    recipes::Recipe,
    script::Script,
};

/// What the provider knows the service by.
const CLIENT_ID: &str = "signet";
const CLIENT_SECRET: &str = "a secret between the two of them";

/// The service that runs, and the provider behind it.
pub struct FrontDoor {
    pub service: Service,
    /// The service's issuer.
    pub url: String,
    /// The provider's.
    pub provider: String,
    /// Where the app awaits its users, on a port that is its own business (RFC 8252 §7.3).
    pub app: String,
    _recipe: Recipe,
}

impl FrontDoor {
    /// With that in the provider's environment.
    pub fn start(environment: &[(&str, &str)]) -> Option<Self> {
        let address = free_address();
        let url = format!("http://{address}");
        let callback = format!("{url}/callback/own");
        let mut all = vec![
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("REDIRECT_URI", &callback),
        ];
        all.extend(environment);
        let recipe = Recipe::start("oidc-provider", "", &all)?;
        // Another site than the service's.
        let provider = format!("http://localhost:{}", recipe.address.port());
        let app = empty_app();
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            "
            [[providers]]
            id = 'own'
            kind = 'oidc'
            name = 'Our Own'
            issuer = '{provider}'
            client_id = '{CLIENT_ID}'
            client_secret = '{CLIENT_SECRET}'
            trusts_addresses = true

            [[clients]]
            client_id = 'app'
            audience = 'https://api.example.com'
            redirect_uris = ['http://127.0.0.1/callback']

            [[clients]]
            client_id = 'web'
            audience = 'https://api.example.com'
            transport = 'cookie'
            origins = ['{app}']
            redirect_uris = ['{app}/landed']
            "
        );
        fs::write(folder.path().join("signet.toml"), settings).unwrap();
        let service = Service::start_in(Arc::new(folder), address, &[]);
        Some(Self {
            service,
            url,
            provider,
            app: format!("{app}/callback"),
            _recipe: recipe,
        })
    }

    /// A client that somebody else has written, and the URL that it sends its user to, with these
    /// parameters besides its own.
    pub fn client(&self, name: &str, extra: &str) -> Option<(Script, String)> {
        let environment = [
            ("ISSUER", &*self.url),
            ("CLIENT_ID", "app"),
            ("REDIRECT_URI", &self.app),
            ("EXTRA", extra),
        ];
        let mut client = Script::start(name, &environment)?;
        let url = client.line();
        Some((client, url))
    }

    /// What a route of ours shows to whoever has these tokens.
    pub fn shown(&self, path: &str, worth: &Value) -> Value {
        let token = worth["tokens"]["access_token"].as_str();
        let token = token.unwrap_or_else(|| panic!("no tokens: {worth:#}"));
        let (status, body) = self.service.get(path, token);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The link that was mailed last.
    pub fn mailed_link(&mut self) -> String {
        let token = self.service.printed_token_at("/login/own/confirm");
        format!("{}/login/own/confirm#token={token}", self.url)
    }
}
