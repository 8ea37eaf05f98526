//! Benchmarks without the network: minting, verification, a refresh and a login, on one core.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair, ParsedPublicKey};
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
const LOGIN: &str = "login through the router";

/// The names of these benchmarks.
pub const NAMES: &[&str] = &[MINT, VERIFY, REFRESH, LOGIN];

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
