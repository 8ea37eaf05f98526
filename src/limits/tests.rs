mod charges;

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta};
use futures_util::FutureExt;
use proptest::prelude::*;

use super::*;

/// A clock at that many seconds, which tests move forward and back.
#[derive(Clone, Default)]
struct Seconds(Arc<AtomicI64>);

impl Seconds {
    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    fn clock(&self) -> Clock {
        let seconds = self.0.clone();
        Clock::from_fn(move || {
            DateTime::from_timestamp(1_800_000_000 + seconds.load(Ordering::Relaxed), 0).unwrap()
        })
    }
}

fn rate(count: u32, seconds: i64) -> Rate {
    Rate {
        count: count.try_into().unwrap(),
        window: TimeDelta::seconds(seconds),
    }
}

fn settings() -> config::LimitsConfig {
    config::LimitsConfig {
        enabled: true,
        // Ample, so that no table evicts an owner.
        capacity: 65_536,
        login_network: rate(8, 80),
        login_site: rate(12, 120),
        login_pair: rate(3, 90),
        login_address: rate(6, 600),
        login_global: rate(20, 60),
        mail_network: rate(10, 600),
        mail_site: rate(11, 600),
        mail_pair: rate(3, 600),
        mail_address: rate(5, 600),
        mail_global: rate(12, 600),
        confirm_network: rate(2, 60),
        confirm_site: rate(3, 60),
        client_network: rate(2, 60),
        client_site: rate(3, 60),
        second_factor: rate(2, 60),
        second_factor_long: rate(4, 86_400),
        password_user: rate(2, 60),
    }
}

/// Nothing waits where nodes do not coordinate.
fn at_once<T>(outcome: impl Future<Output = T>) -> T {
    outcome.now_or_never().unwrap()
}

/// Without coordination, an attempt is refused only by a budget.
fn reached<T>(outcome: Result<T, LimitError>) -> Result<T, RateLimited> {
    outcome.map_err(|error| match error {
        LimitError::Reached(refused) => refused,
        LimitError::Unavailable => panic!("{error:?}"),
    })
}

struct TestLimits {
    limits: Limits,
    seconds: Seconds,
}

impl TestLimits {
    fn new(settings: &config::LimitsConfig) -> Self {
        let seconds = Seconds::default();
        let limits = {
            let (clock, coordination) = (seconds.clock(), Coordination::off());
            Limits::new(settings, clock, &Entropy::system(), coordination).unwrap()
        };
        Self { limits, seconds }
    }

    fn charge(
        &self,
        limited: LimitedAction,
        network: &str,
        email: &str,
    ) -> Result<Receipt, RateLimited> {
        let caller = ChargedCaller::at(Network::of(network.parse().unwrap()));
        let email = (limited != LimitedAction::Confirm).then(|| email.parse().unwrap());
        let caller = email.as_ref().map_or(caller, |email| caller.naming(email));
        reached(at_once(self.limits.charge(limited, caller)))
    }

    fn check(&self, limited: LimitedAction, network: &str, email: &str) -> Result<(), RateLimited> {
        self.charge(limited, network, email).map(Receipt::keep)
    }

    /// Presents the right password.
    fn log_in_with_right_password(&self, network: &str, email: &str) -> Result<(), RateLimited> {
        self.charge(LimitedAction::Login, network, email)
            .map(|receipt| at_once(receipt.forgive()))
    }

    /// Returns the owner of the exhausted budget, and the seconds to wait.
    fn log_in(&self, network: &str, email: &str) -> Result<(), (BudgetScope, u64)> {
        let checked = self.check(LimitedAction::Login, network, email);
        checked.map_err(|refused| (refused.scope, refused.retry_after.as_secs()))
    }
}

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

#[test]
fn only_the_pair_of_network_and_email_is_limited() {
    let test = TestLimits::new(&settings());
    for _ in 0..3 {
        assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
    }
    assert_eq!(test.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 30)));
    assert_eq!(test.log_in("192.0.2.1", BOB), Ok(()));
    assert_eq!(test.log_in("192.0.2.2", ADA), Ok(()));
    test.seconds.advance(29);
    assert_eq!(test.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 1)));
    test.seconds.advance(1);
    assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
    assert_eq!(test.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 30)));
}

#[test]
fn network_has_one_budget_for_all_emails_and_ip_addresses() {
    let test = TestLimits::new(&settings());
    for n in 0..8 {
        let network = format!("2001:db8:1:2::{n}");
        let email = format!("{n}@example.com");
        assert_eq!(test.log_in(&network, &email), Ok(()));
    }
    let refused = Err((BudgetScope::Network, 10));
    assert_eq!(test.log_in("2001:db8:1:2:3:4:5:6", ADA), refused);
    assert_eq!(test.log_in("2001:db8:1:3::1", ADA), Ok(()));
}

#[test]
fn refused_attempts_cost_nothing() {
    let test = TestLimits::new(&settings());
    for _ in 0..50 {
        let _ = test.log_in("192.0.2.1", ADA);
    }
    // The network has paid for three attempts. Five are left, and then one every ten seconds.
    for n in 0..5 {
        assert_eq!(
            test.log_in("192.0.2.1", &format!("{n}@example.com")),
            Ok(())
        );
    }
    assert_eq!(
        test.log_in("192.0.2.1", BOB),
        Err((BudgetScope::Network, 10))
    );
}

#[test]
fn other_networks_cannot_lock_out_the_owner_of_an_email() {
    let test = TestLimits::new(&settings());
    for n in 0..200 {
        let network = format!("198.51.100.{n}");
        // Each network has one attempt, and more only while the budget of the email lasts.
        assert_eq!(test.log_in(&network, ADA), Ok(()), "{n}");
    }
    assert_eq!(
        test.log_in("198.51.100.199", ADA),
        Err((BudgetScope::Email, 90))
    );
    assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
    // The next attempt is allowed when the window of a pair has passed, and not before.
    assert_eq!(test.log_in("192.0.2.1", ADA), Err((BudgetScope::Email, 90)));
    test.seconds.advance(90);
    assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
}

#[test]
fn right_password_refills_the_pair() {
    let test = TestLimits::new(&settings());
    // The budget of the email is exhausted after six attempts. The fallback is refilled too, only for this
    // network.
    for _ in 0..8 {
        assert_eq!(test.log_in_with_right_password("192.0.2.1", ADA), Ok(()));
    }
    assert_eq!(
        test.log_in("192.0.2.1", BOB),
        Err((BudgetScope::Network, 10))
    );
    assert_eq!(test.log_in("192.0.2.2", ADA), Ok(()));
    assert_eq!(test.log_in("192.0.2.2", ADA), Err((BudgetScope::Email, 90)));
}

#[test]
fn exhausted_global_budget_spares_networks_with_few_attempts() {
    let test = TestLimits::new(&settings());
    for n in 0..20 {
        let network = format!("198.51.100.{}", n / 5);
        assert_eq!(test.log_in(&network, &format!("{n}@example.com")), Ok(()));
    }
    assert_eq!(
        test.log_in("198.51.100.0", ADA),
        Err((BudgetScope::Global, 3))
    );
    // A quarter of eight.
    assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
    assert_eq!(test.log_in("192.0.2.1", BOB), Ok(()));
    assert_eq!(test.log_in("192.0.2.1", BOB), Err((BudgetScope::Global, 3)));
    assert_eq!(test.log_in("192.0.2.2", BOB), Ok(()));
}

#[test]
fn possible_proxy_has_only_shared_budgets() {
    let test = TestLimits::new(&settings());
    for _ in 0..100 {
        assert_eq!(test.log_in("10.0.0.1", ADA), Ok(()));
        assert_eq!(test.check(LimitedAction::Confirm, "127.0.0.1", ""), Ok(()));
    }
    for _ in 0..5 {
        assert_eq!(test.check(LimitedAction::Mail, "10.0.0.1", ADA), Ok(()));
    }
    let refused = test
        .check(LimitedAction::Mail, "10.0.0.1", ADA)
        .unwrap_err();
    assert_eq!(refused.scope, BudgetScope::Email);
}

#[test]
fn mails_are_limited_per_email_and_globally() {
    let test = TestLimits::new(&settings());
    let ask = |network: u8, email: &str| {
        let outcome = test.check(LimitedAction::Mail, &format!("192.0.2.{network}"), email);
        outcome.map_err(|refused| refused.scope)
    };
    for network in [1, 1, 1, 2, 3] {
        assert_eq!(ask(network, ADA), Ok(()));
    }
    assert_eq!(ask(1, ADA), Err(BudgetScope::Pair));
    assert_eq!(ask(4, ADA), Err(BudgetScope::Email));
    for n in 0..7 {
        assert_eq!(ask(10 + n, &format!("{n}@example.com")), Ok(()));
    }
    assert_eq!(ask(4, BOB), Err(BudgetScope::Global));
    // Logins have other budgets.
    assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
}

#[test]
fn opening_links_is_limited_per_network() {
    let test = TestLimits::new(&settings());
    let confirm = |network| test.check(LimitedAction::Confirm, network, "");
    assert!(confirm("192.0.2.1").is_ok() && confirm("192.0.2.1").is_ok());
    assert_eq!(
        confirm("192.0.2.1").unwrap_err().scope,
        BudgetScope::Network
    );
    assert!(confirm("192.0.2.2").is_ok());
}

#[test]
fn clock_jumps_lock_out_no_network() {
    const YEAR: i64 = 365 * 24 * 3600;
    let test = TestLimits::new(&settings());
    for jump in [-300, -20 * YEAR, 7000 * YEAR, -7000 * YEAR] {
        test.seconds.advance(jump);
        assert!((0..1000).any(|_| test.log_in("192.0.2.1", ADA).is_err()));
        assert_eq!(test.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 30)));
        test.seconds.advance(90);
        assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
    }
}

#[test]
fn networks_of_an_ipv6_site_share_a_second_budget() {
    let test = TestLimits::new(&settings());
    for n in 0..12 {
        let (network, email) = (format!("2001:db8:1:{n}::1"), format!("{n}@example.com"));
        assert_eq!(test.log_in(&network, &email), Ok(()));
    }
    let refused = test.check(LimitedAction::Login, "2001:db8:1:ffff::1", ADA);
    let refused = refused.unwrap_err();
    assert_eq!(refused.scope, BudgetScope::Site);
    assert_eq!(refused.rate, settings().login_site);
    assert_eq!(test.log_in("2001:db8:2::1", ADA), Ok(()));
    // An IPv4 address is its own site, which has only one budget.
    assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));

    for (limited, count) in [(LimitedAction::Mail, 11), (LimitedAction::Confirm, 3)] {
        for n in 0..count {
            let (network, email) = (format!("2001:db8:1:{n}::1"), format!("{n}@example.com"));
            assert_eq!(test.check(limited, &network, &email), Ok(()));
        }
        let refused = test.check(limited, "2001:db8:1:ffff::1", ADA);
        assert_eq!(refused.unwrap_err().scope, BudgetScope::Site);
    }
}

#[test]
fn user_has_one_budget_from_any_network_for_any_password() {
    let test = TestLimits::new(&settings());
    let users = [(); 3].map(|()| UserId::new(test.seconds.clock().now(), &Entropy::system()));
    let hash = |network: &str, n: usize| {
        let caller = ChargedCaller::at(Network::of(network.parse().unwrap()));
        let caller = caller.acting_for(users[n].unwrap());
        let receipt = reached(at_once(test.limits.charge(LimitedAction::Login, caller)));
        receipt.map(|receipt| at_once(receipt.forgive()))
    };
    assert_eq!(hash("192.0.2.1", 1), Ok(()));
    // The network may be a proxy, but the user is known.
    assert_eq!(hash("10.0.0.1", 1), Ok(()));
    let refused = hash("192.0.2.2", 1).unwrap_err();
    assert_eq!(
        (refused.limited, refused.scope),
        (LimitedAction::Password, BudgetScope::User)
    );
    assert_eq!(hash("192.0.2.2", 2), Ok(()));
}

#[test]
fn disabled_limits_allow_everything() {
    let test = TestLimits::new(&config::LimitsConfig {
        enabled: false,
        ..settings()
    });
    for _ in 0..1000 {
        assert_eq!(test.log_in("192.0.2.1", ADA), Ok(()));
    }
}

proptest! {
    /// With any attempts before: a network that has never tried is allowed, and a refused network is
    /// allowed after the time to wait.
    #[test]
    fn new_network_is_allowed_and_waiting_is_sufficient(
        attempts in prop::collection::vec((0u8..40, 0u8..4, 0i64..20), 0..400),
        capacity in 1usize..64,
    ) {
        let test = TestLimits::new(&config::LimitsConfig { capacity, ..settings() });
        for (network, email, seconds) in attempts {
            test.seconds.advance(seconds);
            let (network, email) = (format!("198.51.100.{network}"), format!("{email}@example.com"));
            if let Err((_, wait)) = test.log_in(&network, &email) {
                prop_assert!((1..=600).contains(&wait));
            }
        }
        for email in ["0@example.com", "1@example.com"] {
            prop_assert_eq!(test.log_in("192.0.2.1", email), Ok(()));
        }
        // No other attempt is made while this network waits. Up to four budgets may refuse, one after the
        // other.
        for _ in 0..4 {
            match test.log_in("198.51.100.7", "0@example.com") {
                Ok(()) => return Ok(()),
                Err((_, wait)) => test.seconds.advance(i64::try_from(wait).unwrap()),
            }
        }
        prop_assert_eq!(test.log_in("198.51.100.7", "0@example.com"), Ok(()));
    }
}
