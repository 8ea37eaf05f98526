//! A leaked key and a leaked secret under load. The lifetimes are the defaults, so no rejection is
//! caused by expiry.

use std::{collections::BTreeSet, fs, sync::atomic::Ordering, time::Instant};

use serde_json::Value;

use super::{
    consumer::{Consumer, Refused},
    load::{Report, kid_of, under_load},
    nodes::Nodes,
};
use crate::support::{PASSWORD, wait_until};

/// The result of a leak.
struct Replaced {
    leaked: String,
    successor: String,
    /// The time since which every node and consumer can have the successor.
    known: Instant,
}

pub fn leak_under_load(nodes: &mut Nodes) {
    nodes.both[0].sign_up("ada@example.com", PASSWORD);
    let nodes = &*nodes;
    let consumer = nodes.consumer();
    let stolen = nodes.log_in();
    let (access, refresh) = (token(&stolen, "access_token"), &stolen);
    let sessions = || {
        nodes
            .both
            .each_ref()
            .map(|node| node.get("/session", access).0)
    };
    let refreshes = || [0, 1].map(|node| nodes.refresh(node, refresh).0);
    assert_eq!(consumer.verify(access), Ok(true));
    assert_eq!((sessions(), refreshes()), ([200; 2], [200; 2]));

    let (mut key, mut secret) = (None, None);
    let report = under_load(nodes, &consumer, &[20, 50, 300], |report| {
        let more = |count: usize| {
            let enough = report.verifications.load(Ordering::Relaxed) + count;
            wait_until("good tokens are verified", || {
                report.verifications.load(Ordering::Relaxed) > enough
            });
        };
        more(20);
        key = Some(replace_key(nodes, &consumer, &stolen));
        more(50);
        // Sessions continue, because the secret has not leaked.
        assert_eq!(refreshes(), [200; 2]);
        assert_eq!(*report.failed.lock().unwrap(), []);
        secret = Some(replace_secret(nodes, &stolen));
        more(50);
    });
    let (key, secret) = (key.unwrap(), secret.unwrap());
    assert_eq!(
        consumer.verify(access),
        Err(Refused::UnknownKey(key.leaked.clone()))
    );
    assert_eq!((sessions(), refreshes()), ([401; 2], [401; 2]));
    assert_only_leaked_rejected(&report, &key, &secret);
}

fn token<'a>(session: &'a Value, name: &str) -> &'a str {
    session[name].as_str().unwrap()
}

/// Replaces the active key of this kind and removes the old one.
fn replace(nodes: &Nodes, kind: &str, ending: &str, between: impl FnOnce(&BTreeSet<String>)) {
    let leaked = nodes.files(ending);
    nodes.generate_now(kind);
    between(&leaked);
    for file in &leaked {
        fs::remove_file(nodes.keys_folder().join(file)).unwrap();
    }
}

fn replace_key(nodes: &Nodes, consumer: &Consumer, stolen: &Value) -> Replaced {
    let leaked = kid_of(stolen, "access_token");
    replace(nodes, "es256", ".pem", |_| ());
    // Nodes trust the old key until they reload the folder; consumers trust it as long as the cache
    // headers allow.
    wait_until("it is published nowhere", || {
        nodes.publish(&leaked) == [false; 2]
    });
    let session = nodes.log_in();
    let successor = kid_of(&session, "access_token");
    wait_until("the new key is everywhere", || {
        nodes.publish(&successor) == [true; 2]
    });
    wait_until("nobody accepts what it signed", || {
        consumer.verify(token(stolen, "access_token")) != Ok(true)
    });
    wait_until("consumers know the new key", || {
        consumer.verify(token(&session, "access_token")) == Ok(true)
    });
    let known = Instant::now();
    Replaced {
        leaked,
        successor,
        known,
    }
}

/// Only holders of a token made with the leaked secret log in again.
fn replace_secret(nodes: &Nodes, stolen: &Value) -> Replaced {
    let mut session = nodes.log_in();
    replace(nodes, "secret", ".secret", |leaked| {
        wait_until("the new secret is used", || {
            session = nodes.log_in();
            !leaked.contains(&format!(
                "{}.secret",
                &kid_of(&session, "refresh_token")[1..]
            ))
        });
        // A node reads an unknown secret on demand.
        wait_until("the other node knows it", || {
            nodes.refresh(1, &session).0 == 200
        });
    });
    let known = Instant::now();
    wait_until("what leaked is forgotten", || {
        [0, 1]
            .iter()
            .all(|node| nodes.refresh(*node, stolen).0 == 401)
    });
    for node in [0, 1] {
        assert_eq!(nodes.refresh(node, &session).0, 200);
    }
    Replaced {
        leaked: kid_of(stolen, "refresh_token"),
        successor: kid_of(&session, "refresh_token"),
        known,
    }
}

/// Asserts that only leaked ids are rejected, and their replacements only until they can be known.
fn assert_only_leaked_rejected(report: &Report, key: &Replaced, secret: &Replaced) {
    for (asked, why) in report.refused.lock().unwrap().iter() {
        let Refused::UnknownKey(kid) = why else {
            panic!("{why:?}");
        };
        let too_early = *kid == key.successor && *asked < key.known;
        assert!(
            *kid == key.leaked || too_early,
            "{kid}, {:?}",
            asked.elapsed()
        );
    }
    for (asked, status, kid) in report.failed.lock().unwrap().iter() {
        let too_early = (*status, kid) == (503, &secret.successor) && *asked < secret.known;
        assert!(
            (*status, kid) == (401, &secret.leaked) || too_early,
            "{status}, {kid}, {:?}",
            asked.elapsed()
        );
    }
}
