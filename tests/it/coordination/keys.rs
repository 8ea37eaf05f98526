//! The keys on the server: each one ends, and its name and its value reveal nothing.

use std::collections::HashMap;

use serde_json::json;

use super::{redeem, two_nodes};
use crate::{
    oauth::flow::{ADA, code},
    support::{PASSWORD, redis::RedisServer},
};

/// A day, the longest window, in milliseconds.
const LONGEST: i64 = 86_400_000;

#[tokio::test]
async fn every_key_ends_and_reveals_nothing() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let settings = redis.settings();
    let [one, two] = two_nodes(&format!("limits.enabled = true\n{settings}")).await;
    let code = code(&one, "app", &[]).await;
    redeem(&one, &code).await.assert_status(200);
    for (node, password) in [(&one, "wrong pass phrase"), (&two, PASSWORD)] {
        let body = json!({"email": ADA, "password": password, "client_id": "spa"});
        node.anon().post("/login", body).await;
    }
    let forgot = json!({"email": ADA, "client_id": "spa"});
    let forgot = one.anon().post("/password/forgot", forgot).await;
    forgot.assert_status(202);

    let prefix = &one.app.config.coordination.prefix;
    let names: Vec<String> = redis.run(&format!("KEYS {prefix}*"));
    // A budget of many attempts is full again in less than a second.
    let value = |name| Some((name, redis.run::<Option<String>>(&format!("GET {name}"))?));
    let values: HashMap<_, _> = names.iter().filter_map(value).collect();
    assert!(values.len() > 6, "{values:?}");
    for (name, value) in &values {
        let rest = name.strip_prefix(prefix.as_str()).unwrap();
        let is_encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(rest.len() == 22 && rest.bytes().all(is_encoded), "{name}");
        let left: i64 = redis.run(&format!("PTTL {name}"));
        // -2 stands for a key that has ended by now, -1 for one without an end.
        let has_end = left == -2 || (0..=LONGEST).contains(&left);
        assert!(has_end, "{name}: {left}");
        assert!(value.len() < 64, "{value}");
        for secret in ["ada", "example", "192.0.2", &code[..16]] {
            assert!(!value.contains(secret), "{value}");
        }
    }
    // The marks of a process have its value in common. Entries of budgets have a time and a serial number.
    let marks = values.values().filter(|value| !value.contains(' '));
    assert!(marks.count() >= 1, "{values:?}");
}
