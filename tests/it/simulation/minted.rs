//! The tokens that were minted, which verify on every node until they expire.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use axum::{
    body::{self, Body},
    http::Request,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use signet::token::{Access, Refresh};
use tokio::time::Instant;

use super::{
    node::{Node, SHARED},
    person::Session,
    request::Exchange,
    world::World,
};
use crate::support::token::kid;

/// The tokens that have not expired, and the keys of a consumer.
#[derive(Default)]
pub(super) struct MintedTokens {
    access: RefCell<Vec<(String, DateTime<Utc>)>>,
    /// The keys that a consumer has fetched, and the time.
    consumer: RefCell<Option<(Instant, BTreeSet<String>)>>,
}

impl MintedTokens {
    /// Checks that the tokens of an answer verify, and returns them.
    pub(super) async fn session(&self, world: &World, exchange: &Exchange) -> Session {
        let answer = exchange.answer.as_ref().unwrap().json();
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        let (access, refresh) = (text("access_token"), text("refresh_token"));
        let mut claims = None;
        for node in &world.nodes {
            claims = Some(verified(node, &access, &refresh));
        }
        let claims = claims.unwrap();
        self.check_consumer(world, &access).await;
        self.access.borrow_mut().push((access.clone(), claims.exp));
        Session {
            user: claims.sub,
            epoch: claims.epoch,
            access,
            refresh,
            expires: exchange.sent + SHARED.config.tokens.access_lifetime.to_std().unwrap(),
            client: exchange.client.clone(),
        }
    }

    /// Checks one of the tokens on one of the nodes.
    pub(super) fn check_one(&self, world: &World) {
        let latest = world.nodes.iter().map(|node| node.clock.now()).max();
        let mut access = self.access.borrow_mut();
        access.retain(|(_, exp)| Some(*exp) > latest);
        if access.is_empty() {
            return;
        }
        let (token, _) = &access[world.chance.index(access.len())];
        let node = world.any_node();
        let verified = node.app().tokens.verify::<Access>(token, node.clock.now());
        if let Err(reason) = verified {
            panic!("node {} refuses an access token: {reason:?}", node.number);
        }
    }

    /// Checks that a consumer, which fetches keys as seldom as it may, knows the key of a token.
    async fn check_consumer(&self, world: &World, token: &str) {
        let kid = kid(token);
        let max_age = SHARED.config.keys.max_age.to_std().unwrap();
        let has_key = {
            let kept = self.consumer.borrow();
            let fresh = kept.as_ref().filter(|(at, _)| at.elapsed() < max_age);
            fresh.map(|(_, keys)| keys.contains(&kid))
        };
        if has_key != Some(true) {
            assert_eq!(
                has_key, None,
                "a consumer does not know the key of a new token"
            );
            let node = world.any_node();
            let keys = published_keys(node).await;
            assert!(
                keys.contains(&kid),
                "node {} does not publish the key of a new token",
                node.number
            );
            *self.consumer.borrow_mut() = Some((Instant::now(), keys));
        }
    }
}

/// Verifies new tokens at a node by the keys that it has. The keys of another node may be new, but they sign only after every
/// node has read them.
fn verified(node: &Node, access: &str, refresh: &str) -> Access {
    let (app, now) = (node.app(), node.clock.now());
    let refused = |kind, reason| -> ! {
        panic!(
            "node {} refuses a new {kind} token: {reason:?}",
            node.number
        )
    };
    if let Err(reason) = app.tokens.verify::<Refresh>(refresh, now) {
        refused("refresh", reason);
    }
    let claims = app.tokens.verify::<Access>(access, now);
    claims.unwrap_or_else(|reason| refused("access", reason))
}

/// The IDs of the keys that a node publishes.
async fn published_keys(node: &Rc<Node>) -> BTreeSet<String> {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty());
    let peer = "203.0.113.7:4000".parse().unwrap();
    let response = node.send(request.unwrap(), peer).await.unwrap();
    let body = body::to_bytes(response.into_body(), usize::MAX).await;
    let keys: Value = serde_json::from_slice(&body.unwrap()).unwrap();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}
