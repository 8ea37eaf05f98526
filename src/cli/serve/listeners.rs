//! The listeners of the service: `listen`, and `metrics.listen` if it is set.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    app::Readiness,
    cli::{CommandFailure, descriptors},
    config::{Config, HttpConfig},
    http::{self, CurrentRouter, HttpListener},
};

/// The bound listeners.
pub(super) struct Listeners {
    public: HttpListener,
    metrics: Option<TcpListener>,
}

impl Listeners {
    /// Binds the addresses.
    ///
    /// # Errors
    /// An address is in use or not permitted.
    pub(super) async fn bind(config: &Config) -> Result<Self, CommandFailure> {
        Ok(Self {
            public: HttpListener {
                tcp: bind("listen", config.http.listen).await?,
                tls: config.tls.clone(),
            },
            metrics: match config.metrics.listen {
                Some(address) => Some(bind("metrics.listen", address).await?),
                None => None,
            },
        })
    }

    /// Serves the public listener with the first router until `stop`, and the metrics listener with the second until the
    /// public one has finished. Returns the number of connections that were cut off.
    pub(super) async fn serve(
        self,
        (router, operators_router): (CurrentRouter, CurrentRouter),
        settings: &HttpConfig,
        readiness: &Readiness,
        stop: impl Future<Output = Duration>,
    ) -> usize {
        let (finished_sender, finished_receiver) = oneshot::channel::<()>();
        let service = async {
            let cut_off = http::serve(self.public, router, settings, readiness.clone(), stop).await;
            drop(finished_sender);
            cut_off
        };
        let metrics_service = async {
            if let Some(tcp) = self.metrics {
                let settings = &HttpConfig {
                    max_connections: descriptors::METRICS_CONNECTIONS,
                    ..settings.clone()
                };
                let stop = async {
                    let _ = finished_receiver.await;
                    Duration::ZERO
                };
                let listener = HttpListener { tcp, tls: None };
                http::serve(
                    listener,
                    operators_router,
                    settings,
                    readiness.clone(),
                    stop,
                )
                .await;
            }
        };
        tokio::join!(service, metrics_service).0
    }
}

async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, CommandFailure> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("is already in use by another program: stop it, or set {setting} to another port")
            },
            io::ErrorKind::PermissionDenied => {
                "cannot be bound: this user has no permission".to_owned()
            }
            kind => format!("cannot be bound: {kind}"),
        };
        CommandFailure::new(format!("{setting}: {address} {problem}"))
    })
}
