//! The service with the certified OpenID provider of `tests/recipes/oidc-provider`.

use std::{fs, sync::Arc};

use serde_json::Value;

use super::{
    app::empty_app,
    process::{ServiceProcess, free_address},
    recipes::Recipe,
    script::Script,
};

/// The client id of the service at the provider.
const CLIENT_ID: &str = "signet";
const CLIENT_SECRET: &str = "a secret between the two of them";

/// A running service and its provider.
pub struct ServiceWithProvider {
    pub service: ServiceProcess,
    /// The issuer of the service.
    pub url: String,
    /// The issuer of the provider.
    pub provider: String,
    /// The redirect URI of the app, on an arbitrary port (RFC 8252 §7.3).
    pub app: String,
    _recipe: Recipe,
}

impl ServiceWithProvider {
    /// Starts both, with further variables in the environment of the provider.
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
        // The provider is on another site than the service.
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
        let service = ServiceProcess::start_in(Arc::new(folder), address, &[]);
        Some(Self {
            service,
            url,
            provider,
            app: format!("{app}/callback"),
            _recipe: recipe,
        })
    }

    /// Starts a third-party client and returns the URL to which the client sends its user, with
    /// these parameters in addition.
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

    /// Requests a route of the service with these tokens.
    pub fn shown(&self, path: &str, worth: &Value) -> Value {
        let token = worth["tokens"]["access_token"].as_str();
        let token = token.unwrap_or_else(|| panic!("no tokens: {worth:#}"));
        let (status, body) = self.service.get(path, token);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The most recently mailed link.
    pub fn mailed_link(&mut self) -> String {
        let token = self.service.printed_token_at("/login/own/confirm");
        format!("{}/login/own/confirm#token={token}", self.url)
    }
}
