//! Pages of users that match a filter.

use chrono::{DateTime, TimeDelta, Utc};
use rstest_reuse::apply;
use signet::{
    identity::UserId,
    store::{CreateOutcome, EmailFilter, LikePattern, Store, UserFilter},
};

use super::{fresh, migrated, new_user, now};
use crate::support::{Engine, both_engines};

fn day(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

/// Stores a user that was created on that day.
async fn stored(store: &Store, email: &str, role: &str, created: i64) -> UserId {
    let mut new = new_user(email);
    new.user.role = role.parse().unwrap();
    new.user.created_at = day(created);
    assert_eq!(
        store.create_user(&new).await.unwrap(),
        CreateOutcome::Created
    );
    new.user.id
}

async fn emails(store: &Store, filter: &UserFilter) -> Vec<String> {
    let users = store.users_matching(filter, None, 100).await.unwrap();
    let mut emails: Vec<_> = users.into_iter().map(|it| it.email.to_string()).collect();
    emails.sort();
    emails
}

fn like(pattern: &str) -> UserFilter {
    UserFilter {
        email: Some(EmailFilter::Like(LikePattern::with_wildcards(pattern))),
        ..UserFilter::default()
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn users_are_listed_by_every_filter(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    stored(&store, "ada@example.com", "admin", 0).await;
    let bob = stored(&store, "bob@example.org", "user", 1).await;
    stored(&store, "a_b@example.com", "user", 2).await;
    assert!(store.set_active(bob, false, fresh(), now()).await.unwrap());

    let all = UserFilter::default();
    let (ada, bob, a_b) = ("ada@example.com", "bob@example.org", "a_b@example.com");
    for (filter, expected) in [
        (all.clone(), vec![a_b, ada, bob]),
        (like("a*"), vec![a_b, ada]),
        (
            like("*.ORG"),
            if engine == Engine::Sqlite {
                vec![bob]
            } else {
                vec![]
            },
        ),
        (like("*@example.com"), vec![a_b, ada]),
        // An underscore is no wildcard.
        (like("a_*"), vec![a_b]),
        (like("b*@*g"), vec![bob]),
        (like("%"), vec![]),
        (
            UserFilter {
                email: Some(EmailFilter::Exactly(ada.parse().unwrap())),
                ..all.clone()
            },
            vec![ada],
        ),
        (
            UserFilter {
                email: Some(EmailFilter::Exactly(ada.parse().unwrap())),
                role: Some("user".parse().unwrap()),
                ..all.clone()
            },
            vec![],
        ),
        (
            UserFilter {
                role: Some("user".parse().unwrap()),
                ..all.clone()
            },
            vec![a_b, bob],
        ),
        (
            UserFilter {
                is_active: Some(true),
                ..all.clone()
            },
            vec![a_b, ada],
        ),
        (
            UserFilter {
                is_active: Some(false),
                ..all.clone()
            },
            vec![bob],
        ),
        (
            UserFilter {
                created_from: Some(day(1)),
                ..all.clone()
            },
            vec![a_b, bob],
        ),
        (
            UserFilter {
                created_before: Some(day(1)),
                ..all.clone()
            },
            vec![ada],
        ),
        (
            UserFilter {
                role: Some("user".parse().unwrap()),
                is_active: Some(true),
                created_from: Some(day(1)),
                created_before: Some(day(3)),
                ..like("*com")
            },
            vec![a_b],
        ),
    ] {
        assert_eq!(emails(&store, &filter).await, expected, "{filter:?}");
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn pages_list_every_user_once_in_the_order_of_ids(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let mut expected = Vec::new();
    for number in 0..7 {
        let role = if number % 2 == 0 { "even" } else { "odd" };
        let id = stored(&store, &format!("user{number}@example.com"), role, 0).await;
        if role == "even" {
            expected.push(id);
        }
    }
    expected.sort();
    let even = UserFilter {
        role: Some("even".parse().unwrap()),
        ..UserFilter::default()
    };
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.users_matching(&even, after, 3).await.unwrap();
        assert!(page.len() <= 3);
        listed.extend(page.iter().map(|user| user.id));
        match page.last() {
            Some(last) => after = Some(last.id),
            None => break,
        }
    }
    assert_eq!(listed, expected);
}
