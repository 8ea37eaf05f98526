//! Passkeys of the virtual authenticators of Chromium on the hosted pages, in one browser process.

use std::{fs, sync::Arc};

use serde_json::{Value, json};

use crate::support::{
    PASSWORD,
    app::empty_app,
    oauth_client::{CHALLENGE, VERIFIER},
    process::{ServiceProcess, free_address},
    script::Chromium,
};

const ADA: &str = "ada@example.com";

/// A page that offers nothing in the email field.
const BUTTON_ONLY: &str =
    "PublicKeyCredential.isConditionalMediationAvailable = async () => false;";

/// Records each request for a passkey and its end.
const RECORDED: &str = r#"
    const record = (what) => sessionStorage.log = `${sessionStorage.log ?? ""}${what};`;
    const get = navigator.credentials.get;
    navigator.credentials.get = async (options) => {
        const name = options.mediation ?? "modal";
        record(name);
        try {
            const credential = await get.call(navigator.credentials, options);
            record(`${name} done`);
            return credential;
        } catch (error) {
            record(`${name} ${error.name}`);
            throw error;
        }
    };
"#;

/// Waits until the condition holds.
fn until(condition: &str) -> Value {
    let code = format!(
        "for (let tries = 0; !({condition}); tries++) {{
            if (tries > 500) throw new Error(document.body.innerText);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }}"
    );
    json!({"run": code})
}

fn authenticator(transport: &str, further: &Value) -> Value {
    let mut options = json!({
        "protocol": "ctap2", "transport": transport, "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true,
    });
    let further = further.as_object().unwrap().clone();
    options.as_object_mut().unwrap().extend(further);
    json!({"webauthn": "addVirtualAuthenticator", "with": {"options": options}})
}

struct Desk {
    service: ServiceProcess,
    url: String,
    /// The redirect URI of the clients.
    app: String,
    chromium: Chromium,
}

impl Desk {
    fn new() -> Option<Self> {
        let chromium = Chromium::start()?;
        let address = free_address();
        // WebAuthn needs a domain.
        let url = format!("http://localhost:{}", address.port());
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let app = format!("{}/callback", empty_app());
        let client = |id: &str, further: &str| {
            format!("[[clients]]\nclient_id = '{id}'\nredirect_uris = ['{app}']\n{further}\n")
        };
        let clients = client("app", "") + &client("strong", "min_acr = 'mfa'");
        fs::write(folder.path().join("signet.toml"), clients).unwrap();
        let environment = [("SIGNET_ISSUER", url.as_str())];
        Some(Self {
            service: ServiceProcess::start_in(folder, address, &environment),
            url,
            app,
            chromium,
        })
    }

    /// Takes the steps and returns what they read.
    #[track_caller]
    fn take(&mut self, steps: &Value) -> Vec<Value> {
        let came = self.chromium.take(steps);
        came["read"].as_array().unwrap().clone()
    }

    /// Opens the login page, and does not wait for what it does by itself.
    fn login(&self) -> Value {
        json!({"open": format!("{}/login", self.url)})
    }

    /// Creates a user without the pages.
    fn sign_up(&mut self, email: &str) {
        let asked = json!({"email": email, "client_id": "app"});
        self.service.sign_up_at(&asked, PASSWORD);
    }

    /// Logs out of the page that shows the user.
    #[track_caller]
    fn log_out(&mut self) {
        self.take(&json!([{"click": "main form button"}, {"shown": "You’re logged out"}]));
    }

    /// The only passkey of the authenticator of the page.
    #[track_caller]
    fn credential(&mut self) -> Value {
        let read = self.take(&json!([{"webauthn": "getCredentials"}]));
        let credentials = read[0]["credentials"].as_array().unwrap();
        assert_eq!(credentials.len(), 1, "{credentials:#?}");
        credentials[0].clone()
    }

    /// Replaces the passkey of the authenticator of the page by the same with this counter.
    #[track_caller]
    fn set_counter(&mut self, credential: &Value, count: u32) {
        let mut changed = credential.clone();
        changed["signCount"] = json!(count);
        self.take(&json!([
            {"webauthn": "clearCredentials"},
            {"webauthn": "addCredential", "with": {"credential": changed}},
        ]));
    }

    /// Presses the button of the login page and reads what it says in the end.
    #[track_caller]
    fn presses_in_vain(&mut self, says: &str) {
        let login = self.login();
        self.take(&json!([login, {"click": "#passkey button"}, {"shown": says}]));
    }
}

const IN: &str = "You’re logged in";
const FAILED: &str = "This passkey didn’t work.";

/// Requests of a page of an app.
const POST: &str = r#"
    const post = async (path, body, token) => (await fetch(path, {
        method: "POST", body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    })).json();
"#;

/// Adds a passkey by the API and returns the answer.
const ADDED: &str = r#"
    const { access_token } = await post("/login", { email: EMAIL, password: PASSWORD, client_id: "app" });
    const { challenge, options } = await post("/passkeys/registration", {}, access_token);
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    return post("/me/passkeys", { challenge, credential: credential.toJSON() }, access_token);
"#;

/// Logs in by the API and returns the answer.
const LOGGED_IN: &str = r#"
    const client_id = "app";
    const { challenge, options } = await post("/passkeys/challenge", { code_challenge: CHALLENGE, client_id });
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = (await navigator.credentials.get({ publicKey })).toJSON();
    return post("/login/passkey", { challenge, code_verifier: VERIFIER, credential, client_id });
"#;

fn script(code: &str, values: &[(&str, &str)]) -> Value {
    let filled = values.iter().fold(code.to_owned(), |code, (name, value)| {
        code.replace(name, &json!(value).to_string())
    });
    json!({"run": format!("{POST}{filled}")})
}

fn added(email: &str) -> Value {
    script(ADDED, &[("EMAIL", email), ("PASSWORD", PASSWORD)])
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "it is one story in one browser process"
)]
fn slow_passkeys_of_chromium_log_in_on_the_pages() {
    let Some(mut desk) = Desk::new() else {
        return;
    };
    let login = desk.login();
    // A new user creates the passkey that the page offers. The first page is in English.
    let sign_up = format!("{}/signup", desk.url);
    desk.take(&json!([
        {"allowed": [401]},
        authenticator("internal", &json!({})),
        {"open": sign_up},
        {"type": "#email", "text": ADA},
        {"click": "main form button"},
        {"shown": "Check your email"},
    ]));
    let token = desk.service.printed_token();
    let link = format!("{}/signup/confirm#token={token}", desk.url);
    desk.take(&json!([
        {"open": link},
        {"type": "#password", "text": PASSWORD},
        {"click": "main form > button"},
        {"shown": "Log in faster next time"},
        {"click": "#passkey button"},
        {"shown": IN},
    ]));
    desk.log_out();
    // The authenticator of the email field answers by itself, and counts.
    desk.take(&json!([&login, {"shown": IN}]));
    desk.log_out();
    desk.take(&json!([&login, {"shown": IN}]));
    desk.log_out();
    let passkey = desk.credential();
    assert_eq!(passkey["signCount"], json!(3), "{passkey:#}");

    // The button waits until the request of the email field has ended.
    let read = desk.take(&json!([
        {"page": "recorded"},
        authenticator("internal", &json!({"automaticPresenceSimulation": false})),
        {"webauthn": "addCredential", "with": {"credential": passkey}},
        {"before": RECORDED},
        &login,
        until("sessionStorage.log === 'conditional;'"),
        // Before its challenge ends, the request of the email field gets another.
        {"run": "const now = Date.now; Date.now = () => now() + 226_000"},
        until("sessionStorage.log === 'conditional;conditional AbortError;conditional;'"),
        {"webauthn": "setAutomaticPresenceSimulation", "with": {"enabled": true}},
        {"click": "#passkey button"},
        {"shown": IN},
        {"run": "return sessionStorage.log"},
    ]));
    let log =
        "conditional;conditional AbortError;conditional;conditional AbortError;modal;modal done;";
    assert_eq!(read.last().unwrap(), log);
    desk.log_out();

    // A user who is not verified is told so, and the form is still there.
    desk.take(&json!([
        {"page": "buttons"},
        {"before": BUTTON_ONLY},
        authenticator("internal", &json!({})),
        {"webauthn": "addCredential", "with": {"credential": passkey}},
        {"webauthn": "setUserVerified", "with": {"isUserVerified": false}},
    ]));
    desk.presses_in_vain("No passkey was used.");
    desk.take(&json!([{"webauthn": "setUserVerified", "with": {"isUserVerified": true}}]));

    // A counter that falls is that of a clone, and one that rises is stored.
    desk.set_counter(&passkey, 1);
    desk.presses_in_vain(FAILED);
    desk.set_counter(&passkey, 41);
    desk.take(&json!([&login, {"click": "#passkey button"}, {"shown": IN}]));
    desk.log_out();
    desk.set_counter(&passkey, 41);
    desk.presses_in_vain(FAILED);

    // A synced passkey says so, and its counter may fall.
    let bob = "bob@example.com";
    desk.sign_up(bob);
    let synced = json!({"defaultBackupEligibility": true, "defaultBackupState": true});
    let read = desk.take(&json!([
        {"webauthn": "removeVirtualAuthenticator"},
        authenticator("internal", &synced),
        added(bob),
    ]));
    let answer = read.last().unwrap();
    assert_eq!(answer["passkey"]["backed_up"], json!(true), "{answer:#}");
    let passkey = desk.credential();
    desk.set_counter(&passkey, 0);
    desk.take(&json!([&login, {"click": "#passkey button"}, {"shown": IN}]));
    desk.log_out();

    // The device forgets a passkey that the service does not know any more.
    let id = answer["passkey"]["id"].as_str().unwrap();
    let secrets = [("CHALLENGE", CHALLENGE), ("VERIFIER", VERIFIER)];
    let session = desk
        .take(&json!([&login, script(LOGGED_IN, &secrets)]))
        .remove(0);
    let token = session["access_token"].as_str().unwrap();
    let head = format!("DELETE /me/passkeys/{id} HTTP/1.1\r\nAuthorization: Bearer {token}");
    assert_eq!(desk.service.request(&head, "").unwrap().0, 200);
    desk.presses_in_vain(FAILED);
    let read = desk.take(&json!([
        {"run": "await new Promise((resolve) => setTimeout(resolve, 200))"},
        {"webauthn": "getCredentials"},
    ]));
    assert_eq!(read.last().unwrap()["credentials"], json!([]));

    // A security key without user verification is the second factor at a client that requires two.
    let carol = "carol@example.com";
    desk.sign_up(carol);
    desk.take(&json!([
        {"webauthn": "removeVirtualAuthenticator"},
        authenticator("usb", &json!({})),
        added(carol),
    ]));
    let passkey = desk.credential();
    let usb = json!({"hasUserVerification": false, "isUserVerified": false});
    let strong = format!(
        "{}/authorize?response_type=code&client_id=strong&redirect_uri={}&state=x&code_challenge={CHALLENGE}\
         &code_challenge_method=S256",
        desk.url, desk.app
    );
    let code = format!("{}?code=", desk.app);
    desk.take(&json!([
        {"webauthn": "removeVirtualAuthenticator"},
        authenticator("usb", &usb),
        {"webauthn": "addCredential", "with": {"credential": passkey}},
        {"open": strong},
        {"type": "#email", "text": carol},
        {"type": "#password", "text": PASSWORD},
        {"click": "button[value=password]"},
        {"shown": "Confirm that it’s you with your passkey."},
        {"click": "#passkey button"},
        {"arrive": code},
    ]));
}
