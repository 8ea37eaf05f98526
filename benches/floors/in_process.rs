//! Without the network: minting, verifying, one refresh and one login, on one core.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair, ParsedPublicKey};
use signet::token::{Access, Refresh};

use crate::{
    bare::Bare,
    cores::{Core, Pinned},
    effort::Effort,
    house::House,
    pairs::take_turns,
    table::{Table, Target},
};

const MINT: &str = "mint both tokens";
const VERIFY: &str = "verify an access token";
const REFRESH: &str = "refresh through the router";
const LOGIN: &str = "login through the router";

/// What is measured here.
pub const NAMES: &[&str] = &[MINT, VERIFY, REFRESH, LOGIN];

/// Measures what was asked for.
pub async fn measure(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let _pinned = Pinned::to(Core::Measured);
    let named = |what| house.engine.named(what);
    let embedded = house.engine.is_embedded();
    if embedded && table.wants(MINT) {
        mint(house, effort, table).await;
    }
    if embedded && table.wants(VERIFY) {
        verify(house, effort, table).await;
    }
    if table.wants(&named(REFRESH)) {
        let (bare, ask) = (Bare::under(house), house.refresh());
        let floor = async || drop(std::hint::black_box(bare.refresh().await));
        let signet = async || drop(std::hint::black_box(house.send(&ask).await));
        let pairs = take_turns(effort, floor, signet).await;
        table.pairs(&named(REFRESH), "µs", &pairs, Target::AtMost(1.5));
    }
    if table.wants(&named(LOGIN)) {
        login(house, effort, table).await;
    }
}

async fn mint(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let (bare, tokens) = (Bare::under(house), &house.app.tokens);
    let now = house.app.clock.now();
    let access: Access = tokens.verify(&house.access_token, now).unwrap();
    let refresh: Refresh = tokens.verify(&house.refresh_token, now).unwrap();
    let floor = async || drop(std::hint::black_box(bare.sign()));
    let signet = async || {
        std::hint::black_box(tokens.mint(&access, now).unwrap());
        std::hint::black_box(tokens.mint(&refresh, now).unwrap());
    };
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(MINT, "µs", &pairs, Target::Open);
}

async fn verify(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let now = house.app.clock.now();
    let (message, _) = house.access_token.rsplit_once('.').unwrap();
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
        let verified = house.app.tokens.verify::<Access>(&house.access_token, now);
        std::hint::black_box(verified.unwrap());
    };
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(VERIFY, "µs", &pairs, Target::Open);
}

async fn login(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let what = house.engine.named(LOGIN);
    let cost = house.app.config.password.cost;
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
    let ask = House::login();
    let signet = async || drop(std::hint::black_box(house.send(&ask).await));
    let pairs = take_turns(effort, floor, signet).await;
    table.pairs(&what, "µs", &pairs, Target::AtMost(1.05));
}
