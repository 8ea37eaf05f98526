mod charges;

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;

/// A clock at that many seconds, which may go anywhere.
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
        // Plenty: names are random, and so are the shards that they fall into.
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
        password_user: rate(2, 60),
    }
}

struct House {
    limits: Limits,
    seconds: Seconds,
}

impl House {
    fn new(settings: &config::LimitsConfig) -> Self {
        let seconds = Seconds::default();
        let limits = Limits::new(settings, seconds.clock(), &Entropy::system()).unwrap();
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
        self.limits.charge(limited, caller)
    }

    fn check(&self, limited: LimitedAction, network: &str, email: &str) -> Result<(), RateLimited> {
        self.charge(limited, network, email).map(Receipt::keep)
    }

    /// Tries the right password.
    fn prove(&self, network: &str, email: &str) -> Result<(), RateLimited> {
        self.charge(LimitedAction::Login, network, email)
            .map(Receipt::forgive)
    }

    /// Whose budget was in the way, and for how many seconds.
    fn log_in(&self, network: &str, email: &str) -> Result<(), (BudgetScope, u64)> {
        let checked = self.check(LimitedAction::Login, network, email);
        checked.map_err(|refused| (refused.whose, refused.retry_after.as_secs()))
    }
}

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

#[test]
fn a_pair_is_slowed_down_and_nobody_else() {
    let house = House::new(&settings());
    for _ in 0..3 {
        assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
    }
    assert_eq!(house.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 30)));
    assert_eq!(house.log_in("192.0.2.1", BOB), Ok(()));
    assert_eq!(house.log_in("192.0.2.2", ADA), Ok(()));
    house.seconds.advance(29);
    assert_eq!(house.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 1)));
    house.seconds.advance(1);
    assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
    assert_eq!(house.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 30)));
}

#[test]
fn a_network_has_one_budget_for_all_addresses_it_tries_and_all_addresses_it_has() {
    let house = House::new(&settings());
    for n in 0..8 {
        let network = format!("2001:db8:1:2::{n}");
        let email = format!("{n}@example.com");
        assert_eq!(house.log_in(&network, &email), Ok(()));
    }
    let refused = Err((BudgetScope::Network, 10));
    assert_eq!(house.log_in("2001:db8:1:2:3:4:5:6", ADA), refused);
    assert_eq!(house.log_in("2001:db8:1:3::1", ADA), Ok(()));
}

#[test]
fn what_is_refused_costs_nothing() {
    let house = House::new(&settings());
    for _ in 0..50 {
        let _ = house.log_in("192.0.2.1", ADA);
    }
    // Three were paid by the network: five are left, and then one each ten seconds.
    for n in 0..5 {
        assert_eq!(
            house.log_in("192.0.2.1", &format!("{n}@example.com")),
            Ok(())
        );
    }
    assert_eq!(
        house.log_in("192.0.2.1", BOB),
        Err((BudgetScope::Network, 10))
    );
}

#[test]
fn strangers_from_wherever_lock_nobody_out_of_an_address() {
    let house = House::new(&settings());
    for n in 0..200 {
        let stranger = format!("198.51.100.{n}");
        // One try each, whatever others did; more only while the address has some left.
        assert_eq!(house.log_in(&stranger, ADA), Ok(()), "{n}");
    }
    assert_eq!(
        house.log_in("198.51.100.199", ADA),
        Err((BudgetScope::Address, 90))
    );
    assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
    // And the next one when the window of a pair has passed, not before.
    assert_eq!(
        house.log_in("192.0.2.1", ADA),
        Err((BudgetScope::Address, 90))
    );
    house.seconds.advance(90);
    assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
}

#[test]
fn a_right_password_gives_the_pair_back() {
    let house = House::new(&settings());
    // The address has none left after six: what is spared is given back too, but to nobody else.
    for _ in 0..8 {
        assert_eq!(house.prove("192.0.2.1", ADA), Ok(()));
    }
    assert_eq!(
        house.log_in("192.0.2.1", BOB),
        Err((BudgetScope::Network, 10))
    );
    assert_eq!(house.log_in("192.0.2.2", ADA), Ok(()));
    assert_eq!(
        house.log_in("192.0.2.2", ADA),
        Err((BudgetScope::Address, 90))
    );
}

#[test]
fn when_all_together_try_too_much_those_go_on_who_did_little() {
    let house = House::new(&settings());
    for n in 0..20 {
        let network = format!("198.51.100.{}", n / 5);
        assert_eq!(house.log_in(&network, &format!("{n}@example.com")), Ok(()));
    }
    assert_eq!(
        house.log_in("198.51.100.0", ADA),
        Err((BudgetScope::Everybody, 3))
    );
    // A quarter of eight.
    assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
    assert_eq!(house.log_in("192.0.2.1", BOB), Ok(()));
    assert_eq!(
        house.log_in("192.0.2.1", BOB),
        Err((BudgetScope::Everybody, 3))
    );
    assert_eq!(house.log_in("192.0.2.2", BOB), Ok(()));
}

#[test]
fn who_may_be_a_proxy_has_nothing_of_its_own_to_spend() {
    let house = House::new(&settings());
    for _ in 0..100 {
        assert_eq!(house.log_in("10.0.0.1", ADA), Ok(()));
        assert_eq!(house.check(LimitedAction::Confirm, "127.0.0.1", ""), Ok(()));
    }
    for _ in 0..5 {
        assert_eq!(house.check(LimitedAction::Mail, "10.0.0.1", ADA), Ok(()));
    }
    let refused = house
        .check(LimitedAction::Mail, "10.0.0.1", ADA)
        .unwrap_err();
    assert_eq!(refused.whose, BudgetScope::Address);
}

#[test]
fn a_mailbox_gets_a_few_mails_and_all_together_some() {
    let house = House::new(&settings());
    let ask = |network: u8, email: &str| {
        let asked = house.check(LimitedAction::Mail, &format!("192.0.2.{network}"), email);
        asked.map_err(|refused| refused.whose)
    };
    for network in [1, 1, 1, 2, 3] {
        assert_eq!(ask(network, ADA), Ok(()));
    }
    assert_eq!(ask(1, ADA), Err(BudgetScope::Pair));
    assert_eq!(ask(4, ADA), Err(BudgetScope::Address));
    for n in 0..7 {
        assert_eq!(ask(10 + n, &format!("{n}@example.com")), Ok(()));
    }
    assert_eq!(ask(4, BOB), Err(BudgetScope::Everybody));
    // A login is another matter.
    assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
}

#[test]
fn links_are_confirmed_so_often_by_one_network() {
    let house = House::new(&settings());
    let confirm = |network| house.check(LimitedAction::Confirm, network, "");
    assert!(confirm("192.0.2.1").is_ok() && confirm("192.0.2.1").is_ok());
    assert_eq!(
        confirm("192.0.2.1").unwrap_err().whose,
        BudgetScope::Network
    );
    assert!(confirm("192.0.2.2").is_ok());
}

#[test]
fn a_clock_that_is_set_back_or_far_ahead_locks_nobody_out() {
    const YEAR: i64 = 365 * 24 * 3600;
    let house = House::new(&settings());
    for jump in [-300, -20 * YEAR, 7000 * YEAR, -7000 * YEAR] {
        house.seconds.advance(jump);
        while house.log_in("192.0.2.1", ADA).is_ok() {}
        assert_eq!(house.log_in("192.0.2.1", ADA), Err((BudgetScope::Pair, 30)));
        house.seconds.advance(90);
        assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
    }
}

#[test]
fn the_networks_of_an_ipv6_site_share_a_second_budget() {
    let house = House::new(&settings());
    for n in 0..12 {
        let (network, email) = (format!("2001:db8:1:{n}::1"), format!("{n}@example.com"));
        assert_eq!(house.log_in(&network, &email), Ok(()));
    }
    let refused = house.check(LimitedAction::Login, "2001:db8:1:ffff::1", ADA);
    let refused = refused.unwrap_err();
    assert_eq!(refused.whose, BudgetScope::Site);
    assert_eq!(refused.rate, settings().login_site);
    assert_eq!(house.log_in("2001:db8:2::1", ADA), Ok(()));
    // An IPv4 address is a site of its own, which has one budget only.
    assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));

    for (limited, count) in [(LimitedAction::Mail, 11), (LimitedAction::Confirm, 3)] {
        for n in 0..count {
            let (network, email) = (format!("2001:db8:1:{n}::1"), format!("{n}@example.com"));
            assert_eq!(house.check(limited, &network, &email), Ok(()));
        }
        let refused = house.check(limited, "2001:db8:1:ffff::1", ADA);
        assert_eq!(refused.unwrap_err().whose, BudgetScope::Site);
    }
}

#[test]
fn a_person_has_one_budget_wherever_and_whether_the_password_is_right_or_not() {
    let house = House::new(&settings());
    let users = [(); 3].map(|()| UserId::new(house.seconds.clock().now(), &Entropy::system()));
    let hash = |network: &str, n: usize| {
        let caller = ChargedCaller::at(Network::of(network.parse().unwrap()));
        let receipt = house
            .limits
            .charge(LimitedAction::Login, caller.acting_for(users[n].unwrap()));
        receipt.map(Receipt::forgive)
    };
    assert_eq!(hash("192.0.2.1", 1), Ok(()));
    // The network may be a proxy, and the person is known all the same.
    assert_eq!(hash("10.0.0.1", 1), Ok(()));
    let refused = hash("192.0.2.2", 1).unwrap_err();
    assert_eq!(
        (refused.limited, refused.whose),
        (LimitedAction::Password, BudgetScope::User)
    );
    assert_eq!(hash("192.0.2.2", 2), Ok(()));
}

#[test]
fn disabled_means_nothing_is_limited() {
    let house = House::new(&config::LimitsConfig {
        enabled: false,
        ..settings()
    });
    for _ in 0..1000 {
        assert_eq!(house.log_in("192.0.2.1", ADA), Ok(()));
    }
}

proptest! {
    /// Whatever arrives: a network that has never tried gets in, and what is refused is good again
    /// when it was said to be.
    #[test]
    fn a_stranger_is_never_in_the_way_and_a_wait_is_never_in_vain(
        attempts in prop::collection::vec((0u8..40, 0u8..4, 0i64..20), 0..400),
        capacity in 1usize..64,
    ) {
        let house = House::new(&config::LimitsConfig { capacity, ..settings() });
        for (network, email, seconds) in attempts {
            house.seconds.advance(seconds);
            let (network, email) = (format!("198.51.100.{network}"), format!("{email}@example.com"));
            if let Err((_, wait)) = house.log_in(&network, &email) {
                prop_assert!((1..=600).contains(&wait));
            }
        }
        for email in ["0@example.com", "1@example.com"] {
            prop_assert_eq!(house.log_in("192.0.2.1", email), Ok(()));
        }
        // Nobody else spends while it waits, and four budgets may be in the way, one by one.
        for _ in 0..4 {
            match house.log_in("198.51.100.7", "0@example.com") {
                Ok(()) => return Ok(()),
                Err((_, wait)) => house.seconds.advance(i64::try_from(wait).unwrap()),
            }
        }
        prop_assert_eq!(house.log_in("198.51.100.7", "0@example.com"), Ok(()));
    }
}
