//! A silent name server occupies one thread for each name and delays nothing else.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::Response;
use futures_util::future::join_all;
use serde_json::json;
use signet::connect::Resolver;
use tokio::runtime;

use crate::support::{
    Engine, TestDatabase, TestService,
    oauth_client::{Login, OAUTH_CLIENT},
    stub::{Server, StubHandler, StubRequest, pairs},
    upstream::LOOPBACK,
};

/// The number of concurrent callbacks for each provider.
const AT_ONCE: usize = 64;

/// A provider whose token endpoint has its own host name.
struct Provider(String);

impl StubHandler for Provider {
    fn answer(&self, asked: &StubRequest) -> Response {
        assert_eq!(asked.path, "/.well-known/openid-configuration");
        let issuer = &self.0;
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{}/token", issuer.replace("127.0.0.1", "tokens.localhost")),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        });
        crate::support::stub::json(200, &document)
    }
}

/// A socket that receives queries and never replies, and the pending look-ups.
#[derive(Clone)]
struct SilentNameServer {
    address: SocketAddr,
    _socket: Arc<UdpSocket>,
    queries: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl SilentNameServer {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            _socket: Arc::new(socket),
            queries: Arc::default(),
            is_over: Arc::default(),
        }
    }

    fn resolver(&self) -> Resolver {
        let server = self.clone();
        Resolver::from_fn(move |_| {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.set_read_timeout(Some(Duration::from_millis(50)))?;
            socket.send_to(b"a query", server.address)?;
            server.queries.fetch_add(1, Ordering::SeqCst);
            while !server.is_over.load(Ordering::SeqCst) {
                let _ = socket.recv(&mut [0; 512]);
            }
            Err(io::ErrorKind::TimedOut.into())
        })
    }

    fn queries(&self) -> usize {
        self.queries.load(Ordering::SeqCst)
    }
}

impl Drop for SilentNameServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

/// A runtime with few blocking threads, so that an occupied thread delays the next task.
fn runtime_with_few_threads() -> runtime::Runtime {
    let mut builder = runtime::Builder::new_multi_thread();
    let builder = builder.worker_threads(2).max_blocking_threads(4);
    builder.enable_all().build().unwrap()
}

#[test]
fn slow_silent_name_server_of_a_provider_delays_no_login() {
    let silence = SilentNameServer::start();
    runtime_with_few_threads().block_on(async {
        let providers =
            ["one", "two"].map(|id| (id, Server::start(|url| Provider(url.to_owned()))));
        let tables = providers.iter().map(|(id, provider)| {
            format!(
                "[[providers]]\nid = '{id}'\nkind = 'oidc'\nname = '{id}'\nissuer = '{}'\n\
                 client_id = 'us'\nclient_secret = 'a secret between the two'\n",
                provider.who.0
            )
        });
        let tables: String = tables.collect();
        let settings = format!("issuer = '{LOOPBACK}'\n{OAUTH_CLIENT}\n{tables}");
        let database = TestDatabase::on(Engine::Sqlite).await;
        let mut service = TestService::in_database(database, &settings, None).await;
        service.signed_up("grace@example.com").await;
        service.set_resolver(silence.resolver());

        let login = Login::new(&service);
        let mut urls = Vec::new();
        for (id, _) in &providers {
            let begun = login.browser.visit(&login.url(id)).await;
            let location = begun.header("location").split_once('?').unwrap().1;
            let asked = pairs(location.as_bytes());
            let state = crate::support::stub::one(&asked, "state").unwrap();
            urls.push(format!("{LOOPBACK}/callback/{id}?code=x&state={state}"));
        }
        let callbacks = urls
            .iter()
            .flat_map(|url| (0..AT_ONCE).map(|_| login.browser.visit(url)));
        let mut callbacks = Box::pin(join_all(callbacks));
        let login_meanwhile = async {
            for _ in 0..1000 {
                if silence.queries() == providers.len() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(silence.queries(), providers.len());
            service.anon().logged_in("grace@example.com").await;
        };
        tokio::select! {
            answers = &mut callbacks => {
                silence.is_over.store(true, Ordering::SeqCst);
                let statuses: Vec<_> = answers.iter().map(|it| it.status).collect();
                panic!("the login was held up until the callbacks ended: {statuses:?}");
            }
            () = login_meanwhile => {}
        }
        // One thread for each name of each provider, for any number of waiting logins.
        assert_eq!(silence.queries(), providers.len());
        let answers = callbacks.await;
        assert!(answers.iter().all(|it| it.status == 503));
        assert_eq!(silence.queries(), providers.len());
        silence.is_over.store(true, Ordering::SeqCst);
    });
}
