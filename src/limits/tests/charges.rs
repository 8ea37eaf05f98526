//! Charges and refunds, and the budgets that a full table charges.

use super::*;

#[test]
fn check_and_refused_charge_cost_nothing() {
    let test = TestLimits::new(&settings());
    let (ada, bob): (EmailAddress, EmailAddress) = (ADA.parse().unwrap(), BOB.parse().unwrap());
    let caller = ChargedCaller::at(Network::of("192.0.2.1".parse().unwrap()));
    let checks: Vec<_> = (0..50)
        .map(|_| at_once(test.limits.check(LimitedAction::Login, caller.naming(&ada))))
        .collect();
    let charged = checks
        .into_iter()
        .filter_map(|check| at_once(check.unwrap().charge()).ok());
    assert_eq!(charged.map(Receipt::keep).count(), 3);
    // The pair has refused 47 attempts that were checked before. The network has paid for three.
    for _ in 0..3 {
        let checked = at_once(test.limits.check(LimitedAction::Login, caller.naming(&bob)));
        at_once(checked.unwrap().charge()).unwrap().keep();
    }
    for n in 0..2 {
        let email = format!("{n}@example.com");
        assert_eq!(test.log_in("192.0.2.1", &email), Ok(()));
    }
    let refused = Err((BudgetScope::Network, 10));
    assert_eq!(test.log_in("192.0.2.1", "2@example.com"), refused);
}

#[test]
fn refund_returns_exactly_the_charges() {
    let test = TestLimits::new(&settings());
    for n in 0..6 {
        assert_eq!(test.log_in(&format!("198.51.100.{n}"), ADA), Ok(()));
    }
    // The email is exhausted. These networks pay with their fallback attempt and get it back. The email
    // gets nothing.
    for n in 6..12 {
        let network = format!("198.51.100.{n}");
        let charged = test.charge(LimitedAction::Login, &network, ADA);
        at_once(charged.unwrap().give_back());
        assert_eq!(test.log_in(&network, ADA), Ok(()));
        assert_eq!(test.log_in(&network, ADA), Err((BudgetScope::Email, 90)));
    }

    // The same with the global budget.
    for n in 0..8 {
        let (network, email) = (format!("203.0.113.{n}"), format!("{n}@example.com"));
        assert_eq!(test.log_in(&network, &email), Ok(()));
    }
    for _ in 0..10 {
        let charged = test.charge(LimitedAction::Login, "192.0.2.1", BOB);
        at_once(charged.unwrap().give_back());
    }
    for _ in 0..2 {
        assert_eq!(test.log_in("192.0.2.1", BOB), Ok(()));
    }
    assert_eq!(test.log_in("192.0.2.1", BOB), Err((BudgetScope::Global, 3)));
}

#[test]
fn logins_do_not_affect_the_mail_budget_of_an_email() {
    let settings = config::LimitsConfig {
        capacity: 1024,
        login_network: rate(100, 300),
        login_global: rate(1_000_000, 300),
        ..settings()
    };
    let test = TestLimits::new(&settings);
    for network in 1..=5 {
        let network = format!("192.0.2.{network}");
        assert_eq!(test.check(LimitedAction::Mail, &network, ADA), Ok(()));
    }
    for n in 0..5000 {
        let network = format!("198.51.{}.{}", n / 250, n % 250);
        let _ = test.log_in(&network, &format!("{n}@example.com"));
    }
    let refused = test
        .check(LimitedAction::Mail, "192.0.2.6", ADA)
        .unwrap_err();
    assert_eq!(refused.scope, BudgetScope::Email);
}

#[test]
fn emails_beyond_the_capacity_share_one_budget() {
    let settings = config::LimitsConfig {
        capacity: SHARES * 64,
        mail_address: rate(1, 600),
        mail_global: rate(1_000_000, 600),
        ..settings()
    };
    let test = TestLimits::new(&settings);
    let request_mail = |n: u32| {
        let network = format!("198.51.{}.{}", n / 250, n % 250);
        let outcome = test.check(LimitedAction::Mail, &network, &format!("{n}@example.com"));
        outcome.map_err(|refused| refused.scope)
    };
    for n in 0..64 {
        assert_eq!(request_mail(n), Ok(()));
    }
    // The first email without a place uses up the budget of all emails without one.
    assert_eq!(request_mail(64), Ok(()));
    for n in 65..200 {
        assert_eq!(request_mail(n), Err(BudgetScope::Email));
    }
}
