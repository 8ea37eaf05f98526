//! The table of all routes, in the order of `docs/api.md`. Tests of rules that hold for every route
//! use this table, and a new route is added here.

use serde_json::{Value, json};

use super::PASSWORD;

/// The request body of a route.
pub enum Takes {
    Nothing,
    /// A JSON object. This example is valid and contains the optional fields.
    Json(Value),
    /// A form (RFC 6749 appendix B) with these fields.
    Form(&'static [(&'static str, &'static str)]),
}

/// The authentication that a route requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nobody,
    Session,
    Admin,
}

pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub takes: Takes,
}

/// The id in paths: that of no user.
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

impl Route {
    /// A concrete path of the route.
    pub fn url(&self) -> String {
        let path = self.path.replace("{id}", NOBODY);
        let path = path.replace("{client_id}", "default");
        let path = path.replace("{policy}", "none").replace("{act}", "role");
        path.replace("{provider}", "google")
    }

    pub fn needs(&self) -> Needs {
        let with_session = [
            "/logout/everywhere",
            "/session",
            "/me",
            "/me/accounts",
            "/me/accounts/{id}",
            "/me/data",
            "/me/factors",
            "/me/totp",
            "/me/totp/confirm",
            "/me/recovery-codes",
            "/me/passkeys",
            "/me/passkeys/{id}",
            "/passkeys/registration",
            "/password",
            "/email",
        ];
        if self.path.starts_with("/admin/pages/") {
            // The session at the issuer admits to pages.
            Needs::Nobody
        } else if self.path.starts_with("/admin/") {
            Needs::Admin
        } else if with_session.contains(&self.path) {
            Needs::Session
        } else {
            Needs::Nobody
        }
    }

    pub fn is_safe(&self) -> bool {
        self.method == "GET"
    }
}

/// Every route, in the order of `docs/api.md`.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn all() -> Vec<Route> {
    use Takes::{Form, Json, Nothing};
    let new_user = &[
        ("email", "x@example.com"),
        ("password", PASSWORD),
        ("name", "Eve"),
        ("role", "editor"),
    ];
    let form = &[
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "default"),
        ("scope", "x"),
    ];
    let landed = &[("state", "x"), ("code", "x")];
    let address = &[("token", "x"), ("email", "eve@example.com")];
    let profile = &[("name", "Eve"), ("picture", "https://example.com/e.png")];
    let own_email = &[("email", "eve@example.com")];
    let new_passkey = &[("by", "passkey"), ("challenge", "x"), ("credential", "{}")];
    let login_form = &[
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("by", "password"),
    ];
    let id_token = json!({
        "id_token": "x", "challenge": "x", "client_id": "default", "scope": "", "name": "Eve",
    });
    let link = json!({
        "code": "x", "code_verifier": "x", "redirect_uri": "x", "password": PASSWORD,
    });
    let login = json!({
        "email": "ada@example.com", "password": PASSWORD, "client_id": "default", "scope": "",
    });
    let login_link = json!({
        "email": "ada@example.com", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "client_id": "default", "scope": "",
    });
    let passkey_challenge = json!({
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "client_id": "default",
    });
    let credential = |response: Value| json!({"id": "AA", "rawId": "AA", "type": "public-key", "response": response});
    let assertion = json!({
        "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "userHandle": "AA",
    });
    let passkey_login = json!({
        "challenge": "x", "code_verifier": "x", "credential": credential(assertion), "client_id": "default",
        "scope": "",
    });
    let attestation =
        json!({"clientDataJSON": "AA", "attestationObject": "AA", "transports": ["usb"]});
    let passkey = json!({
        "challenge": "x", "credential": credential(attestation), "name": "Phone", "password": PASSWORD,
    });
    let sign_up = json!({"email": "bob@example.com", "name": "Bob", "client_id": "default"});
    let refresh = json!({"refresh_token": "x", "client_id": "default", "scope": ""});
    // An email that has a user, so that no request creates one.
    let create = json!({
        "email": "ada@example.com", "password": PASSWORD, "name": "Eve", "role": "editor",
    });
    let rows = [
        ("POST", "/signup", Json(sign_up)),
        (
            "POST",
            "/signup/confirm",
            Json(json!({"token": "x", "password": PASSWORD})),
        ),
        ("POST", "/login", Json(login)),
        ("POST", "/login/link", Json(login_link)),
        (
            "POST",
            "/login/link/confirm",
            Json(json!({"token": "x", "code_verifier": "x"})),
        ),
        (
            "POST",
            "/login/second-factor",
            Json(json!({"continuation": "x", "code": "123456"})),
        ),
        ("POST", "/passkeys/challenge", Json(passkey_challenge)),
        ("POST", "/login/passkey", Json(passkey_login)),
        ("POST", "/refresh", Json(refresh)),
        ("POST", "/token", Form(form)),
        ("POST", "/logout", Nothing),
        ("POST", "/logout/everywhere", Nothing),
        ("GET", "/session", Nothing),
        ("GET", "/userinfo", Nothing),
        ("POST", "/userinfo", Nothing),
        ("GET", "/forward-auth/{policy}", Nothing),
        ("GET", "/me", Nothing),
        (
            "PATCH",
            "/me",
            Json(json!({"name": "Eve", "image": "https://example.com/e.png"})),
        ),
        ("DELETE", "/me", Json(json!({"password": PASSWORD}))),
        ("GET", "/me/accounts", Nothing),
        ("POST", "/me/accounts", Json(link)),
        (
            "DELETE",
            "/me/accounts/{id}",
            Json(json!({"password": PASSWORD})),
        ),
        ("GET", "/me/data", Nothing),
        ("GET", "/me/factors", Nothing),
        ("POST", "/me/totp", Json(json!({"password": PASSWORD}))),
        (
            "POST",
            "/me/totp/confirm",
            Json(json!({"enrolment": "x", "code": "123456"})),
        ),
        ("DELETE", "/me/totp", Json(json!({"password": PASSWORD}))),
        (
            "POST",
            "/me/recovery-codes",
            Json(json!({"password": PASSWORD})),
        ),
        ("POST", "/passkeys/registration", Json(json!({}))),
        ("POST", "/me/passkeys", Json(passkey)),
        ("PATCH", "/me/passkeys/{id}", Json(json!({"name": "Phone"}))),
        (
            "DELETE",
            "/me/passkeys/{id}",
            Json(json!({"password": PASSWORD})),
        ),
        (
            "PUT",
            "/password",
            Json(json!({"current_password": PASSWORD, "new_password": "a brand new pass phrase"})),
        ),
        (
            "POST",
            "/password/forgot",
            Json(json!({"email": "ada@example.com", "client_id": "default"})),
        ),
        (
            "POST",
            "/password/reset",
            Json(json!({"token": "x", "password": PASSWORD})),
        ),
        (
            "POST",
            "/email",
            Json(json!({"email": "eve@example.com", "password": PASSWORD})),
        ),
        ("POST", "/email/confirm", Json(json!({"token": "x"}))),
        ("GET", "/", Nothing),
        ("GET", "/logo", Nothing),
        ("GET", "/logo/{client_id}", Nothing),
        ("GET", "/favicon.ico", Nothing),
        ("GET", "/.well-known/change-password", Nothing),
        ("GET", "/providers", Nothing),
        ("GET", "/authorize", Nothing),
        ("POST", "/authorize", Form(login_form)),
        ("GET", "/login", Nothing),
        ("GET", "/signup", Nothing),
        ("GET", "/signup/confirm", Nothing),
        ("GET", "/password/forgot", Nothing),
        ("GET", "/password/reset", Nothing),
        ("GET", "/email/confirm", Nothing),
        ("GET", "/login/link/confirm", Nothing),
        ("GET", "/login/return", Nothing),
        ("GET", "/login/{provider}", Nothing),
        ("GET", "/callback/{provider}", Nothing),
        ("POST", "/callback/{provider}", Form(landed)),
        ("GET", "/end-session", Nothing),
        ("POST", "/end-session", Form(&[("state", "x")])),
        (
            "POST",
            "/login/new-passkey",
            Form(&[("continuation", "x"), ("by", "skip")]),
        ),
        ("POST", "/login/{provider}/address", Form(address)),
        ("GET", "/login/{provider}/confirm", Nothing),
        ("POST", "/login/{provider}/confirm", Form(&[("token", "x")])),
        (
            "POST",
            "/login/{provider}/challenge",
            Json(json!({"client_id": "default"})),
        ),
        ("POST", "/login/{provider}/id-token", Json(id_token)),
        ("GET", "/account", Nothing),
        ("GET", "/account/profile", Nothing),
        ("GET", "/account/email", Nothing),
        ("GET", "/account/password", Nothing),
        ("GET", "/account/passkeys/new", Nothing),
        ("GET", "/account/passkeys/{id}", Nothing),
        ("GET", "/account/passkeys/{id}/remove", Nothing),
        ("GET", "/account/totp", Nothing),
        ("GET", "/account/totp/remove", Nothing),
        ("GET", "/account/recovery-codes", Nothing),
        ("GET", "/account/accounts/{id}/disconnect", Nothing),
        ("GET", "/account/delete", Nothing),
        ("GET", "/account/data", Nothing),
        ("POST", "/account/profile", Form(profile)),
        ("POST", "/account/email", Form(own_email)),
        ("POST", "/account/password", Form(&[("password", PASSWORD)])),
        ("POST", "/account/passkeys/new", Form(new_passkey)),
        ("POST", "/account/passkeys/{id}", Form(&[("name", "Phone")])),
        (
            "POST",
            "/account/passkeys/{id}/remove",
            Form(&[("by", "x")]),
        ),
        (
            "POST",
            "/account/totp",
            Form(&[("enrolment", "x"), ("code", "123456")]),
        ),
        ("POST", "/account/totp/remove", Form(&[("by", "x")])),
        ("POST", "/account/recovery-codes", Form(&[("by", "x")])),
        (
            "POST",
            "/account/accounts/{id}/disconnect",
            Form(&[("by", "x")]),
        ),
        ("POST", "/account/connect/{provider}", Form(&[("by", "x")])),
        ("POST", "/account/delete", Form(own_email)),
        ("GET", "/admin", Nothing),
        ("GET", "/admin/pages/users", Nothing),
        ("GET", "/admin/pages/users/new", Nothing),
        ("POST", "/admin/pages/users/new", Form(new_user)),
        ("GET", "/admin/pages/users/{id}", Nothing),
        ("GET", "/admin/pages/users/{id}/{act}", Nothing),
        (
            "POST",
            "/admin/pages/users/{id}/{act}",
            Form(&[("role", "editor")]),
        ),
        ("GET", "/admin/pages/keys", Nothing),
        ("GET", "/admin/pages/clients", Nothing),
        ("GET", "/admin/pages/health", Nothing),
        ("GET", "/admin/pages/events", Nothing),
        ("GET", "/admin/users", Nothing),
        ("POST", "/admin/users", Json(create)),
        ("GET", "/admin/users/{id}", Nothing),
        ("DELETE", "/admin/users/{id}", Nothing),
        (
            "PUT",
            "/admin/users/{id}/role",
            Json(json!({"role": "editor"})),
        ),
        ("POST", "/admin/users/{id}/disable", Nothing),
        ("POST", "/admin/users/{id}/enable", Nothing),
        ("POST", "/admin/users/{id}/logout", Nothing),
        ("GET", "/admin/keys", Nothing),
        ("GET", "/admin/clients", Nothing),
        ("GET", "/admin/providers", Nothing),
        ("GET", "/admin/health", Nothing),
        ("GET", "/admin/events", Nothing),
        ("POST", "/admin/users/{id}/factors/reset", Nothing),
        ("GET", "/.well-known/jwks.json", Nothing),
        ("GET", "/client.js", Nothing),
        ("GET", "/client.d.ts", Nothing),
        ("GET", "/client/{file}", Nothing),
        ("GET", "/.well-known/oauth-authorization-server", Nothing),
        ("GET", "/.well-known/openid-configuration", Nothing),
        ("GET", "/.well-known/webauthn", Nothing),
        ("GET", "/openapi.json", Nothing),
        ("GET", "/livez", Nothing),
        ("GET", "/readyz", Nothing),
    ];
    let route = |(method, path, takes)| Route {
        method,
        path,
        takes,
    };
    rows.into_iter().map(route).collect()
}

/// The routes with a JSON body, each with a valid body.
pub fn json_bodies() -> Vec<(Route, Value)> {
    let json = |route: Route| match &route.takes {
        Takes::Json(body) => {
            let body = body.clone();
            Some((route, body))
        }
        _ => None,
    };
    all().into_iter().filter_map(json).collect()
}

/// Settings that enable every route.
pub const ALL_SERVED: &str = "admin.enabled = true";
