//! Benchmarks of OpenID clients and services: `/userinfo`, a login by single sign-on, and client credentials. The
//! floor does the same cryptography with held keys and the same database read.

use std::{net::SocketAddr, process::Command};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce, aead::Aead};
use chrono::TimeDelta;
use serde_json::Value;
use signet::token::{Access, SsoSession};

use crate::{
    bare::{Bare, FixedResponse, add_answers},
    callgrind::{CallgrindProgram, is_installed},
    cores::{Core, Pinned},
    databases::Engine,
    effort::Effort,
    instructions::{count_one, program},
    load::BenchRequest,
    pairs::take_turns,
    program::free_address,
    service::TestService,
    table::{Table, Target},
};

const USERINFO: &str = "userinfo through the router";
const SSO: &str = "single sign-on through the router";
const CREDENTIALS: &str = "client credentials through the router";
const COUNTED: [&str; 3] = [
    "instructions: userinfo",
    "instructions: single sign-on",
    "instructions: client credentials",
];

/// The names of these benchmarks.
pub const NAMES: &[&str] = &[
    USERINFO,
    SSO,
    CREDENTIALS,
    COUNTED[0],
    COUNTED[1],
    COUNTED[2],
];

/// The argument that starts this program as a server of the floor.
pub const AS_SERVER: &str = "--serve-the-openid-floor";

/// A public client, and a confidential one with the secret `abc`.
const CLIENTS: &str = "
[[clients]]
client_id = 'app'
scopes = ['openid', 'profile', 'email']
redirect_uris = ['https://app.example.com/back']
[[clients]]
client_id = 'api'
client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']
grants = ['client_credentials']
";

const NONCE: [u8; 24] = [7; 24];

/// The requests, and the texts by which the floor is as long.
struct Requests {
    userinfo: BenchRequest,
    sso: BenchRequest,
    credentials: BenchRequest,
    /// The access token of the user, the session at the issuer, and the tokens that are issued.
    texts: [String; 4],
}

impl Requests {
    async fn new(service: &TestService<'_>) -> Self {
        let (tokens, now) = (&service.app.tokens, service.app.clock.now());
        let login: Access = tokens.verify(&service.access_token, now).unwrap();
        let session = SsoSession {
            iss: login.iss.clone(),
            sub: login.sub,
            epoch: login.epoch,
            sid: login.sid.clone(),
            iat: now,
            exp: now + TimeDelta::hours(12),
            abs_exp: now + TimeDelta::days(30),
            began: now,
            auth_time: login.auth_time,
            amr: login.amr.clone(),
            clients: vec!["app".to_owned()],
        };
        let access = Access {
            scope: "openid profile email".parse().unwrap(),
            ..login
        };
        let access = tokens.mint(&access, now).unwrap();
        let session = tokens.mint(&session, now).unwrap();
        let sso = BenchRequest::get(
            "/authorize?response_type=code&client_id=app&scope=openid+profile+email&state=state\
             &redirect_uri=https%3A%2F%2Fapp.example.com%2Fback&code_challenge_method=S256\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        );
        let form = "grant_type=client_credentials&client_id=api&client_secret=abc";
        let mut requests = Self {
            userinfo: BenchRequest::get("/userinfo").with_token(&access),
            sso: sso.with_header("cookie", format!("signet-8080-sso={session}")),
            credentials: BenchRequest::post_form("/token", form),
            texts: [access, session, String::new(), String::new()],
        };
        let (headers, _) = service.answer(&requests.sso).await;
        let location = headers.get("location").unwrap().to_str().unwrap();
        let (_, code) = location
            .split_once("code=")
            .unwrap_or_else(|| panic!("{location}"));
        code.split('&')
            .next()
            .unwrap()
            .clone_into(&mut requests.texts[2]);
        let issued = service.send(&requests.credentials).await;
        let issued: Value = serde_json::from_slice(&issued).unwrap();
        let issued = issued.get("access_token").unwrap().as_str().unwrap();
        issued.clone_into(&mut requests.texts[3]);
        requests
    }
}

/// Everything that the floor needs, prepared.
struct Floor {
    /// Verifies and signs texts as long as the access token of a user.
    user: Bare,
    /// Signs texts as long as the access token of a client.
    client: Bare,
    cipher: XChaCha20Poly1305,
    session: Vec<u8>,
    renewed: Vec<u8>,
    code: Vec<u8>,
}

impl Floor {
    fn new(service: (&str, signet::identity::UserId), texts: &[String; 4]) -> Self {
        let (url, ada) = service;
        let [access, session, code, issued] = texts;
        let cipher = XChaCha20Poly1305::new_from_slice(&[3; 32]).unwrap();
        // The claims are three quarters of their token.
        let claims = |token: &str| vec![b'x'; token.len() * 3 / 4 - 40];
        Self {
            user: Bare::new(url, ada, access, access),
            client: Bare::new(url, ada, issued, issued),
            session: cipher
                .encrypt(&XNonce::from(NONCE), &*claims(session))
                .unwrap(),
            renewed: claims(session),
            code: claims(code),
            cipher,
        }
    }

    async fn userinfo(&self) {
        self.user.verify();
        std::hint::black_box(self.user.read().await);
    }

    async fn sso(&self) {
        let nonce = XNonce::from(NONCE);
        std::hint::black_box(self.cipher.decrypt(&nonce, &*self.session).unwrap());
        std::hint::black_box(self.user.read().await);
        // The session is sealed again, with a later end.
        for sealed in [&self.code, &self.renewed] {
            std::hint::black_box(self.cipher.encrypt(&nonce, &**sealed).unwrap());
        }
    }

    fn credentials(&self) {
        std::hint::black_box(digest(&SHA256, b"abc"));
        std::hint::black_box(self.client.sign_access());
    }
}

/// Runs the selected benchmarks.
pub async fn measure(engine: &Engine, effort: &Effort, table: &mut Table) {
    let service = &TestService::with_clients(engine, CLIENTS).await;
    let requests = Requests::new(service).await;
    {
        let floor = Floor::new((&service.url, service.ada), &requests.texts);
        let _pinned = Pinned::to(Core::Measured);
        let named = |name| service.engine.named(name);
        if table.wants(&named(USERINFO)) {
            let bare = async || floor.userinfo().await;
            let signet = async || drop(service.send(&requests.userinfo).await);
            let pairs = take_turns(effort, bare, signet).await;
            table.pairs(&named(USERINFO), "µs", &pairs, Target::Open);
        }
        if table.wants(&named(SSO)) {
            let bare = async || floor.sso().await;
            let signet = async || drop(service.send(&requests.sso).await);
            let pairs = take_turns(effort, bare, signet).await;
            table.pairs(&named(SSO), "µs", &pairs, Target::Open);
        }
        // Client credentials do not use the database.
        if engine.is_embedded() && table.wants(CREDENTIALS) {
            let bare = async || floor.credentials();
            let signet = async || drop(service.send(&requests.credentials).await);
            let pairs = take_turns(effort, bare, signet).await;
            table.pairs(CREDENTIALS, "µs", &pairs, Target::Open);
        }
    }
    count(service, &requests, effort, table).await;
}

/// Counts the instructions of a request.
async fn count(service: &TestService<'_>, requests: &Requests, effort: &Effort, table: &mut Table) {
    if !is_installed() {
        println!("valgrind is not installed: no instructions are counted.");
        return;
    }
    let named = |name| service.engine.named(name);
    let all = [&requests.userinfo, &requests.sso, &requests.credentials];
    let wanted: Vec<_> = COUNTED
        .into_iter()
        .zip(all)
        .filter(|(name, _)| table.wants(&named(name)))
        // Client credentials do not use the database.
        .filter(|(name, _)| service.engine.is_embedded() || *name != COUNTED[2])
        .collect();
    if wanted.is_empty() {
        return;
    }
    let times = effort.counted_requests;
    let address = free_address();
    let command = floor_program(service, requests, address).await;
    let mut floor = CallgrindProgram::start(address, &command);
    let mut floor_counts = Vec::new();
    for (name, request) in &wanted {
        let profile = format!("{}, floor", named(name));
        floor_counts.push(count_one(&mut floor, request, times, &profile).await);
    }
    drop(floor);
    let address = free_address();
    let mut signet =
        CallgrindProgram::start(address, &program(service, address, "warn,sqlx=error"));
    for ((name, request), floor_count) in wanted.iter().zip(floor_counts) {
        let count = count_one(&mut signet, request, times, &named(name)).await;
        table.pair(&named(name), "instr.", (floor_count, count), Target::Open);
    }
}

/// Returns the command that starts this program as a server of the floor for a service.
async fn floor_program(
    service: &TestService<'_>,
    requests: &Requests,
    address: SocketAddr,
) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(AS_SERVER)
        .args([&address.to_string(), &service.url, &service.ada.to_string()])
        .args(&requests.texts);
    for request in [&requests.userinfo, &requests.sso, &requests.credentials] {
        add_answers(&mut command, service, std::slice::from_ref(request)).await;
    }
    command
}

/// Serves the floor of each measured route with plain `axum`.
pub async fn serve(arguments: &[String]) {
    let [
        address,
        url,
        ada,
        access,
        session,
        code,
        issued,
        answers @ ..,
    ] = arguments
    else {
        panic!("too few arguments");
    };
    let texts = [access, session, code, issued].map(Clone::clone);
    let floor = Floor::new((url, ada.parse().unwrap()), &texts);
    let (answers, _) = answers.as_chunks();
    let answers = answers.iter().map(FixedResponse::read).collect::<Vec<_>>();
    let [userinfo, sso, credentials] = <[FixedResponse; 3]>::try_from(answers).ok().unwrap();
    let router = Router::new()
        .route(
            "/userinfo",
            get(async move |State(floor): State<&'static Floor>| {
                floor.userinfo().await;
                userinfo.respond()
            }),
        )
        .route(
            "/authorize",
            get(async move |State(floor): State<&'static Floor>| {
                floor.sso().await;
                (StatusCode::SEE_OTHER, sso.respond())
            }),
        )
        .route(
            "/token",
            post(async move |State(floor): State<&'static Floor>, _: Bytes| {
                floor.credentials();
                credentials.respond()
            }),
        )
        .with_state(&*Box::leak(Box::new(floor)));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
