//! `metrics.…`: the separate listener for metrics and probes.

use std::net::SocketAddr;

use super::{http::address, reader::SettingReader};

/// Settings of metrics and probes.
#[derive(Debug, Clone, Copy)]
pub struct MetricsConfig {
    /// The address and port that serve only metrics and probes.
    pub listen: Option<SocketAddr>,
}

impl MetricsConfig {
    pub(super) fn read(reader: &mut SettingReader, public: SocketAddr) -> Self {
        let listen = reader.optional("metrics.listen", |text| {
            let listen = address(text)?;
            if listen == public {
                Err("must differ from listen, the address of the service itself")
            } else {
                Ok(listen)
            }
        });
        Self { listen }
    }
}
