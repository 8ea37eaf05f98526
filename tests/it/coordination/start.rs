//! The check of the server before the start.

use std::{
    io::{self, Write},
    net::TcpListener,
    thread,
};

use signet::{
    config::{Config, FlagSettings, SettingSources},
    coordination::{CheckedServer, ServerFault},
};

use crate::support::{process::free_address, redis::RedisServer};

async fn check(settings: &str) -> Result<CheckedServer, ServerFault> {
    let file = format!("{settings}\ncoordination.timeout = '500ms'");
    let sources = SettingSources::new(("signet.toml", &file), [], FlagSettings::default());
    let config = Config::load(sources.unwrap()).unwrap();
    let checked = CheckedServer::check(&config.coordination).await;
    checked.unwrap().unwrap()
}

async fn fault(url: &str) -> ServerFault {
    check(&format!("coordination.url = '{url}'"))
        .await
        .unwrap_err()
}

/// Starts a server of another protocol, which answers every connection with these bytes. Returns its port.
pub fn foreign(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            thread::spawn(move || io::copy(&mut stream, &mut io::sink()));
        }
    });
    port
}

#[tokio::test]
async fn server_of_another_protocol_is_named() {
    for answer in [
        "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
        "220 mail.example.com ESMTP\r\n",
        "\u{15}\u{3}\u{3}\0\u{2}\u{2}\n",
    ] {
        let port = foreign(answer);
        let fault = fault(&format!("redis://127.0.0.1:{port}")).await;
        assert_eq!(fault, ServerFault::OtherProtocol, "{answer}");
        assert!(fault.is_permanent());
    }
}

#[tokio::test]
async fn server_that_is_down_or_silent_is_not_a_permanent_fault() {
    let down = fault(&format!("redis://{}", free_address())).await;
    assert!(matches!(down, ServerFault::Unreachable(_)), "{down}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = fault(&format!("redis://{}", silent.local_addr().unwrap())).await;
    assert!(matches!(slow, ServerFault::Slow(_)), "{slow}");
    assert!(!down.is_permanent() && !slow.is_permanent());
}

#[tokio::test]
async fn refused_user_missing_permission_and_eviction_are_named() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let at = |user: &str| redis.url().replace("redis://", &format!("redis://{user}"));
    let checked = check(&format!("coordination.url = '{}'", redis.url())).await;
    let checked = checked.unwrap();
    assert!(redis.url().ends_with(&checked.server), "{checked:?}");
    assert_eq!(checked.evicting_policy, None);

    // These commands suffice, as the documentation says.
    let commands = "+ping +set +get +del +eval +evalsha +time";
    let _: () = redis.run(&format!("ACL SETUSER signet on >pa55 ~signet:* {commands}"));
    let user = format!("coordination.url = '{}'", at("signet:pa55@"));
    assert!(check(&user).await.is_ok());
    let lacks = ServerFault::Permission("signet:".to_owned());
    let _: () = redis.run("ACL SETUSER signet -evalsha");
    assert_eq!(check(&user).await.unwrap_err(), lacks);
    let _: () = redis.run("ACL SETUSER signet +evalsha -eval");
    let fault_of = check(&user).await.unwrap_err();
    assert_eq!(fault_of, lacks);
    let wrong = fault(&at("signet:wrong@")).await;
    assert!(matches!(wrong, ServerFault::Login(_)), "{wrong}");
    assert!(fault_of.is_permanent() && wrong.is_permanent());
    assert!(!wrong.to_string().contains("wrong@"), "{wrong}");

    let _: () = redis.run("CONFIG SET maxmemory 100mb");
    let _: () = redis.run("CONFIG SET maxmemory-policy allkeys-lru");
    let checked = check(&format!("coordination.url = '{}'", redis.url())).await;
    let policy = checked.unwrap().evicting_policy;
    assert_eq!(policy.as_deref(), Some("allkeys-lru"));

    let _: () = redis.run("CONFIG SET requirepass pa55");
    let missing = fault(&redis.url()).await;
    assert!(matches!(missing, ServerFault::Login(_)), "{missing}");
    assert!(
        check(&format!("coordination.url = '{}'", at(":pa55@")))
            .await
            .is_ok()
    );
}
