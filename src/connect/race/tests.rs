//! Addresses on loopback: one that swallows connections, one that refuses them, one that answers.

use std::net::Ipv4Addr;

use tokio::net::{TcpListener, TcpSocket};

use super::*;

const SILENT: [u8; 4] = [127, 0, 0, 2];
const HERE: [u8; 4] = [127, 0, 0, 3];
const NOWHERE: [u8; 4] = [127, 0, 0, 4];

/// A listener whose queue is full, so that the kernel ignores whoever connects; and the connections
/// that fill it.
async fn silent() -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::from(SILENT), 0).into()).unwrap();
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
async fn the_next_address_is_tried_where_one_is_silent_or_refuses() {
    let (silent, _fill) = silent().await;
    let port = silent.local_addr().unwrap().port();
    let listener = TcpListener::bind((Ipv4Addr::from(HERE), port))
        .await
        .unwrap();
    for addresses in [
        &[SILENT, HERE][..],
        &[NOWHERE, HERE],
        &[SILENT, NOWHERE, HERE],
        &[NOWHERE, SILENT, SILENT, HERE],
        &[HERE, SILENT],
    ] {
        let stream = race(&ips(addresses), port).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap().ip(), IpAddr::from(HERE));
    }
    drop(listener);
}

#[tokio::test]
async fn where_nobody_accepts_the_last_error_is_the_cause() {
    let listener = TcpListener::bind((Ipv4Addr::from(NOWHERE), 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = race(&ips(&[NOWHERE, NOWHERE]), port).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let none = race(&[], port).await.unwrap_err();
    assert_eq!(none.kind(), io::ErrorKind::NotFound);
}

#[test]
fn the_families_take_turns() {
    let all = |all: &[&str]| -> Vec<IpAddr> { all.iter().map(|it| it.parse().unwrap()).collect() };
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
        assert_eq!(interleaved(&all(given)), all(tried));
    }
}
