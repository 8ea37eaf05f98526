//! Tests with three loopback addresses: one drops connections, one refuses them, one accepts them.

use std::net::Ipv4Addr;

use tokio::net::{TcpListener, TcpSocket};

use super::*;

const UNRESPONSIVE: [u8; 4] = [127, 0, 0, 2];
const ACCEPTING: [u8; 4] = [127, 0, 0, 3];
const REFUSING: [u8; 4] = [127, 0, 0, 4];

/// Returns a listener whose queue is full, so that the kernel drops further connections, and the
/// connections that fill the queue.
async fn unresponsive_listener() -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind((Ipv4Addr::from(UNRESPONSIVE), 0).into())
        .unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fill = Vec::new();
    loop {
        let next = tokio::time::timeout(ATTEMPT_DELAY, TcpStream::connect(address)).await;
        match next {
            Ok(stream) => fill.push(stream.unwrap()),
            Err(_) => return (listener, fill),
        }
    }
}

fn ips(all: &[[u8; 4]]) -> Vec<IpAddr> {
    all.iter().copied().map(IpAddr::from).collect()
}

#[tokio::test]
async fn next_address_is_tried_after_a_timeout_or_a_refusal() {
    let (unresponsive, _fill) = unresponsive_listener().await;
    let port = unresponsive.local_addr().unwrap().port();
    let listener = TcpListener::bind((Ipv4Addr::from(ACCEPTING), port))
        .await
        .unwrap();
    for addresses in [
        &[UNRESPONSIVE, ACCEPTING][..],
        &[REFUSING, ACCEPTING],
        &[UNRESPONSIVE, REFUSING, ACCEPTING],
        &[REFUSING, UNRESPONSIVE, UNRESPONSIVE, ACCEPTING],
        &[ACCEPTING, UNRESPONSIVE],
    ] {
        let stream = race(&ips(addresses), port).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap().ip(), IpAddr::from(ACCEPTING));
    }
    drop(listener);
}

#[tokio::test]
async fn last_error_is_returned_if_every_address_fails() {
    let listener = TcpListener::bind((Ipv4Addr::from(REFUSING), 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = race(&ips(&[REFUSING, REFUSING]), port).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let none = race(&[], port).await.unwrap_err();
    assert_eq!(none.kind(), io::ErrorKind::NotFound);
}

#[test]
fn address_families_alternate() {
    let parse =
        |all: &[&str]| -> Vec<IpAddr> { all.iter().map(|text| text.parse().unwrap()).collect() };
    for (given, tried) in [
        (
            &["::1", "::2", "192.0.2.1"][..],
            &["::1", "192.0.2.1", "::2"][..],
        ),
        (
            &["192.0.2.1", "192.0.2.2", "::1"],
            &["192.0.2.1", "::1", "192.0.2.2"],
        ),
        (&["::1", "::2"], &["::1", "::2"]),
        (&[], &[]),
    ] {
        assert_eq!(interleave_families(&parse(given)), parse(tried));
    }
}
