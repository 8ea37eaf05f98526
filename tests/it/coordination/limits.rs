//! Limits over two nodes, and the script of the server against the table of a node.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::DateTime;
use serde_json::json;
use signet::{
    clock::Clock,
    config::{Config, FlagSettings, LimitsConfig, SettingSources},
    coordination::Coordination,
    entropy::Entropy,
    identity::{EmailAddress, UserId},
    limits::{ChargedCaller, LimitError, LimitedAction, Limits, Receipt},
    network::Network,
};

use super::two_nodes;
use crate::{
    oauth::flow::ADA,
    support::{PASSWORD, TestService, answer::Answer, redis::RedisServer},
};

/// Rates of minutes and hours, because keys end by the time of the server.
const RATES: &str = "limits.enabled = true
limits.login_network = '8/80m'
limits.login_site = '12/2h'
limits.login_pair = '3/90m'
limits.login_address = '6/10h'
limits.login_global = '20/1h'
limits.mail_pair = '3/10h'
limits.mail_address = '5/10h'
limits.mail_global = '12/10h'
limits.confirm_network = '7/1h'
limits.password_user = '2/1h'
limits.second_factor = '2/1h'
limits.second_factor_long = '4/1d'
";

async fn log_in(node: &TestService, password: &str) -> Answer {
    let body = json!({"email": ADA, "password": password, "client_id": "spa"});
    node.anon().post("/login", body).await
}

#[tokio::test]
async fn budgets_are_those_of_both_nodes() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let [one, two] = two_nodes(&format!("{RATES}{}", redis.settings())).await;
    for node in [&one, &two, &one] {
        log_in(node, "wrong pass phrase").await.assert_status(401);
    }
    for node in [&two, &one] {
        let refused = log_in(node, PASSWORD).await;
        refused.assert_problem(429, "rate_limited");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1790..=1800).contains(&wait), "{wait}");
    }
}

#[tokio::test]
async fn right_password_at_one_node_refills_the_pair_at_both() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let [one, two] = two_nodes(&format!("{RATES}{}", redis.settings())).await;
    for _ in 0..2 {
        log_in(&one, "wrong pass phrase").await.assert_status(401);
    }
    log_in(&two, PASSWORD).await.assert_status(200);
    // Two of the three attempts of the first node are forgiven there as well.
    for _ in 0..3 {
        log_in(&one, "wrong pass phrase").await.assert_status(401);
    }
    log_in(&one, PASSWORD)
        .await
        .assert_problem(429, "rate_limited");
}

/// Pseudo-random numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        // The constants of Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.below(u64::try_from(all.len()).unwrap());
        &all[usize::try_from(index).unwrap()]
    }
}

async fn finish(receipt: Receipt, how: u64) {
    match how {
        0 | 1 => receipt.keep(),
        2 => receipt.give_back().await,
        _ => receipt.forgive().await,
    }
}

fn limits_config(redis: &RedisServer) -> Config {
    let file = format!("{RATES}{}", redis.settings());
    let sources = SettingSources::new(("signet.toml", &file), [], FlagSettings::default());
    Config::load(sources.unwrap()).unwrap()
}

#[tokio::test]
async fn script_and_table_give_the_same_verdicts() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let config = limits_config(redis);
    let seconds = Arc::new(AtomicI64::new(1_800_000_000));
    let reading = seconds.clone();
    let clock = Clock::from_fn(move || {
        DateTime::from_timestamp(reading.load(Ordering::Relaxed), 0).unwrap()
    });
    let keys = TestService::new().await;
    let keyring = keys.app.tokens.keyring().clone();
    let entropy = Entropy::system();
    let connect = || {
        let started = Coordination::start(
            &config.coordination,
            keyring.clone(),
            clock.clone(),
            &entropy,
        );
        started.unwrap().timed_by(clock.clone())
    };
    let limits = |settings: &LimitsConfig, coordination| {
        Limits::new(settings, clock.clone(), &entropy, coordination).unwrap()
    };
    let alone = limits(&config.limits, Coordination::off());
    let together = [connect(), connect()].map(|coordination| limits(&config.limits, coordination));

    let emails = ["ada@example.com", "bob@example.com", "eve@example.com"];
    let emails = emails.map(|email| email.parse::<EmailAddress>().unwrap());
    let networks = [
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8:1:1::1",
        "2001:db8:1:2::1",
        "10.0.0.1",
    ];
    let networks = networks.map(|network| Network::of(network.parse().unwrap()));
    let users = [(); 2].map(|()| UserId::new(clock.now(), &entropy).unwrap());
    let actions = [
        LimitedAction::Login,
        LimitedAction::Login,
        LimitedAction::Password,
        LimitedAction::Mail,
        LimitedAction::Confirm,
        LimitedAction::SecondFactor,
    ];
    let mut numbers = Numbers(1);
    let (mut allowed, mut refused) = (0, 0);
    for step in 0..600 {
        if numbers.below(4) == 0 {
            seconds.fetch_add(
                i64::try_from(numbers.below(1200)).unwrap(),
                Ordering::Relaxed,
            );
        }
        let action = *numbers.of(&actions);
        let mut caller = ChargedCaller::at(*numbers.of(&networks));
        if action != LimitedAction::Confirm {
            caller = caller.naming(numbers.of(&emails));
        }
        if numbers.below(2) == 0 {
            caller = caller.acting_for(*numbers.of(&users));
        }
        let shared = numbers.of(&together);
        let (expected, given) = match numbers.below(3) {
            0 => {
                let expected = alone.check(action, caller).await.map(drop);
                let given = shared.check(action, caller).await.map(drop);
                (expected, given)
            }
            _ => {
                let how = numbers.below(5);
                let expected = alone.charge(action, caller).await;
                let given = shared.charge(action, caller).await;
                let verdicts = (
                    expected.as_ref().err().copied(),
                    given.as_ref().err().copied(),
                );
                if let (Ok(expected), Ok(given)) = (expected, given) {
                    finish(expected, how).await;
                    finish(given, how).await;
                }
                let verdict = |error: Option<LimitError>| error.map_or(Ok(()), Err);
                (verdict(verdicts.0), verdict(verdicts.1))
            }
        };
        assert_eq!(given, expected, "step {step}");
        match expected {
            Ok(()) => allowed += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(allowed > 100 && refused > 100, "{allowed} {refused}");
    for _ in 0..6 {
        let expected = alone.may_notify("changed", &emails[0]).await;
        assert_eq!(
            numbers
                .of(&together)
                .may_notify("changed", &emails[0])
                .await,
            expected
        );
    }
}
