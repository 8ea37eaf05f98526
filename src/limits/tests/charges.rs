//! What is charged and given back, and whom a full table charges.

use super::*;

#[test]
fn a_look_costs_nothing_and_a_refusal_after_it_neither() {
    let house = House::new(&settings());
    let (ada, bob): (EmailAddress, EmailAddress) = (ADA.parse().unwrap(), BOB.parse().unwrap());
    let caller = ChargedCaller::at(Network::of("192.0.2.1".parse().unwrap()));
    let looks: Vec<_> = (0..50)
        .map(|_| {
            house
                .limits
                .check(LimitedAction::Login, caller.naming(&ada))
        })
        .collect();
    let charged = looks
        .into_iter()
        .filter_map(|look| look.unwrap().charge().ok());
    assert_eq!(charged.map(Receipt::keep).count(), 3);
    // The pair has refused 47 that had looked before; the network has paid for three.
    for _ in 0..3 {
        let looked = house
            .limits
            .check(LimitedAction::Login, caller.naming(&bob));
        looked.unwrap().charge().unwrap().keep();
    }
    for n in 0..2 {
        let email = format!("{n}@example.com");
        assert_eq!(house.log_in("192.0.2.1", &email), Ok(()));
    }
    let refused = Err((BudgetScope::Network, 10));
    assert_eq!(house.log_in("192.0.2.1", "2@example.com"), refused);
}

#[test]
fn exactly_what_was_charged_is_given_back() {
    let house = House::new(&settings());
    for n in 0..6 {
        assert_eq!(house.log_in(&format!("198.51.100.{n}"), ADA), Ok(()));
    }
    // The address is exhausted. These networks pay with the try that is spared for each of them, and
    // get that one back: the address gets nothing.
    for n in 6..12 {
        let network = format!("198.51.100.{n}");
        house
            .charge(LimitedAction::Login, &network, ADA)
            .unwrap()
            .give_back();
        assert_eq!(house.log_in(&network, ADA), Ok(()));
        assert_eq!(house.log_in(&network, ADA), Err((BudgetScope::Address, 90)));
    }

    // The same with what all networks have together.
    for n in 0..8 {
        let (network, email) = (format!("203.0.113.{n}"), format!("{n}@example.com"));
        assert_eq!(house.log_in(&network, &email), Ok(()));
    }
    for _ in 0..10 {
        let charged = house.charge(LimitedAction::Login, "192.0.2.1", BOB);
        charged.unwrap().give_back();
    }
    for _ in 0..2 {
        assert_eq!(house.log_in("192.0.2.1", BOB), Ok(()));
    }
    assert_eq!(
        house.log_in("192.0.2.1", BOB),
        Err((BudgetScope::Everybody, 3))
    );
}

#[test]
fn a_mailbox_keeps_its_budget_whatever_logins_do() {
    let settings = config::LimitsConfig {
        capacity: 1024,
        login_network: rate(100, 300),
        login_global: rate(1_000_000, 300),
        ..settings()
    };
    let house = House::new(&settings);
    for network in 1..=5 {
        let network = format!("192.0.2.{network}");
        assert_eq!(house.check(LimitedAction::Mail, &network, ADA), Ok(()));
    }
    for n in 0..5000 {
        let network = format!("198.51.{}.{}", n / 250, n % 250);
        let _ = house.log_in(&network, &format!("{n}@example.com"));
    }
    let refused = house
        .check(LimitedAction::Mail, "192.0.2.6", ADA)
        .unwrap_err();
    assert_eq!(refused.whose, BudgetScope::Address);
}

#[test]
fn mailboxes_beyond_what_the_table_holds_share_one_budget() {
    let settings = config::LimitsConfig {
        capacity: 1024,
        mail_address: rate(1, 600),
        mail_global: rate(1_000_000, 600),
        ..settings()
    };
    let house = House::new(&settings);
    let ask = |n: u32| {
        let network = format!("198.51.{}.{}", n / 250, n % 250);
        let asked = house.check(LimitedAction::Mail, &network, &format!("{n}@example.com"));
        asked.map_err(|refused| refused.whose)
    };
    for n in 0..64 {
        assert_eq!(ask(n), Ok(()));
    }
    assert_eq!(ask(64), Ok(()));
    for n in 65..200 {
        assert_eq!(ask(n), Err(BudgetScope::Address));
    }
}
