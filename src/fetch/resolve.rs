//! Names, and whether what they lead to may be asked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Reach;
use crate::network::is_public;

/// A name leads to nobody who may be asked.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NotPublic;

/// Who knows what a name stands for.
pub(super) trait Lookup: Clone + Send + Sync + 'static {
    fn addresses(&self, name: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// The machine's own resolver.
#[derive(Debug, Clone)]
pub(super) struct System;

impl Lookup for System {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|it| it.ip()).collect())
    }
}

/// Gives of a name's addresses those alone that are within reach. They are what is connected to:
/// nobody resolves the name again.
#[derive(Debug)]
pub(super) struct Guarded<L> {
    lookup: L,
    reach: Reach,
}

impl<L: Lookup> Guarded<L> {
    pub(super) fn by(lookup: L, reach: Reach) -> Self {
        Self { lookup, reach }
    }
}

impl<L: Lookup> Resolve for Guarded<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, reach) = (self.lookup.clone(), self.reach);
        Box::pin(async move {
            let name = name.as_str();
            let found = lookup.addresses(name).await?;
            let admitted = found.into_iter().filter(|it| admits(reach, name, *it));
            let admitted: Vec<_> = admitted.map(|it| SocketAddr::new(it, 0)).collect();
            if admitted.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// This machine's name stands for this machine (RFC 6761 §6.3): it is spoken to in plain text.
fn admits(reach: Reach, name: &str, address: IpAddr) -> bool {
    match reach {
        Reach::Public => is_public(address),
        Reach::Loopback if is_localhost(name) => is_loopback(address),
        Reach::Loopback => is_loopback(address) || is_public(address),
    }
}

pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
