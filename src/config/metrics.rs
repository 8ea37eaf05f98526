//! `metrics.…`: where an operator looks.

use std::net::SocketAddr;

use super::{http::address, reader::SettingReader};

/// Where an operator looks.
#[derive(Debug, Clone, Copy)]
pub struct MetricsConfig {
    /// An address for metrics and probes alone.
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
