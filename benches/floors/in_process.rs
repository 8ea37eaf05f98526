//! Benchmarks without the network: minting, verification, a refresh and a login, on one core.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair, ParsedPublicKey},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use signet::token::{Access, Refresh};

use crate::{
    bare::Bare,
    cores::{Core, Pinned},
    effort::Effort,
    pairs::take_turns,
    service::TestService,
    table::{Table, Target},
};

const MINT: &str = "mint both tokens";
const VERIFY: &str = "verify an access token";
const REFRESH: &str = "refresh through the router";
const PROVEN_REFRESH: &str = "refresh with a DPoP proof";
const LOGIN: &str = "login through the router";

/// The names of these benchmarks.
pub const NAMES: &[&str] = &[MINT, VERIFY, REFRESH, PROVEN_REFRESH, LOGIN];

/// Runs the selected benchmarks.
pub async fn measure(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let _pinned = Pinned::to(Core::Measured);
    let named = |name| service.engine.named(name);
    let embedded = service.engine.is_embedded();
    if embedded && table.wants(MINT) {
        mint(service, effort, table).await;
    }
    if embedded && table.wants(VERIFY) {
        verify(service, effort, table).await;
    }
    if table.wants(&named(REFRESH)) {
        let (bare, request) = (Bare::for_service(service), service.refresh());
        let floor = async || drop(std::hint::black_box(bare.refresh().await));
        let signet = async || drop(std::hint::black_box(service.send(&request).await));
        let pairs = take_turns(effort, floor, signet).await;
        table.pairs(&named(REFRESH), "µs", &pairs, Target::AtMost(1.5));
    }
    if embedded && table.wants(PROVEN_REFRESH) {
        refresh_with_proof(service, effort, table).await;
    }
    if table.wants(&named(LOGIN)) {
        login(service, effort, table).await;
    }
}

async fn mint(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let (bare, tokens) = (Bare::for_service(service), &service.app.tokens);
    let now = service.app.clock.now();
    let access: Access = tokens.verify(&service.access_token, now).unwrap();
    let refresh: Refresh = tokens.verify(&service.refresh_token, now).unwrap();
    let floor = async || drop(std::hint::black_box(bare.sign()));
    let signet = async || {
        std::hint::black_box(tokens.mint(&access, now).unwrap());
        std::hint::black_box(tokens.mint(&refresh, now).unwrap());
    };
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(MINT, "µs", &pairs, Target::Open);
}

async fn verify(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let now = service.app.clock.now();
    let (message, _) = service.access_token.rsplit_once('.').unwrap();
    let algorithm = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let random = aws_lc_rs::rand::SystemRandom::new();
    let signature = pair.sign(&random, message.as_bytes()).unwrap();
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key()).unwrap();
    let floor = async || {
        let verified = public.verify_sig(message.as_bytes(), signature.as_ref());
        verified.unwrap();
    };
    let signet = async || {
        let verified = service
            .app
            .tokens
            .verify::<Access>(&service.access_token, now);
        std::hint::black_box(verified.unwrap());
    };
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(VERIFY, "µs", &pairs, Target::Open);
}

/// Compares a refresh with a proof to a refresh, a signature of the client and one verification. The limit leaves the
/// proof 1.3 times the time of its verification.
async fn refresh_with_proof(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let key = ClientKey::new();
    let url = service.app.config.issuer.endpoint("/refresh");
    let now = service.app.clock.now().timestamp();
    let floor = async || {
        let (message, signature) = key.sign(&url, now);
        let request = service.refresh();
        drop(std::hint::black_box(service.send(&request).await));
        key.verify(&message, &signature);
    };
    let signet = async || {
        let (message, signature) = key.sign(&url, now);
        let proof = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        let request = service.refresh().with_header("dpop", proof);
        drop(std::hint::black_box(service.send(&request).await));
    };
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(PROVEN_REFRESH, "µs", &pairs, Target::AtMost(1.1));
}

/// The key of a client that makes proofs.
struct ClientKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
    made: AtomicU64,
}

impl ClientKey {
    fn new() -> Self {
        let algorithm = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        // The first byte says that both coordinates follow (SEC 1 §2.3.3).
        let (_, point) = pair.public_key().as_ref().split_first().unwrap();
        let (x, y) = point.split_at(point.len() / 2);
        let [x, y] = [x, y].map(|it| URL_SAFE_NO_PAD.encode(it));
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
        Self {
            header: URL_SAFE_NO_PAD.encode(header.to_string()),
            pair,
            random: SystemRandom::new(),
            made: AtomicU64::new(0),
        }
    }

    /// Returns the message and the signature of a new proof.
    fn sign(&self, url: &str, now: i64) -> (String, Vec<u8>) {
        let jti = self.made.fetch_add(1, Ordering::Relaxed).to_string();
        let claims = json!({"htm": "POST", "htu": url, "iat": now, "jti": jti});
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let message = format!("{}.{claims}", self.header);
        let signature = self.pair.sign(&self.random, message.as_bytes());
        (message, signature.unwrap().as_ref().to_vec())
    }

    fn verify(&self, message: &str, signature: &[u8]) {
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        let public = public.unwrap();
        public.verify_sig(message.as_bytes(), signature).unwrap();
    }
}

async fn login(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let name = service.engine.named(LOGIN);
    let cost = service.app.config.password.cost;
    let (memory, iterations) = (cost.memory_kib, cost.iterations);
    let params = Params::new(memory, iterations, cost.parallelism, Some(32)).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut blocks = vec![Block::default(); argon2.params().block_count()];
    let mut hash = [0; 32];
    let floor = async || {
        let (password, salt) = (b"correct horse battery staple", b"0123456789abcdef");
        let blocks = &mut blocks;
        let hashed = argon2.hash_password_into_with_memory(password, salt, &mut hash, blocks);
        hashed.unwrap();
    };
    let request = TestService::login();
    let signet = async || drop(std::hint::black_box(service.send(&request).await));
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(&name, "µs", &pairs, Target::AtMost(1.05));
}
