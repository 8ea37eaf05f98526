//! The service in two processes with a common database and key folder, behind one address.

use super::{
    balancer::Balancer,
    issuer::Issuer,
    process::{ServiceProcess, free_address},
};

/// Two running nodes.
pub struct TwoNodes {
    /// The first node, by the URL of both.
    pub issuer: Issuer,
    pub balancer: Balancer,
    second: ServiceProcess,
}

impl TwoNodes {
    /// Starts both nodes with this configuration.
    pub fn start(configuration: &str) -> Self {
        let address = free_address();
        let mut issuer = Issuer::start(&format!("issuer = 'http://{address}'\n{configuration}"));
        issuer.url = format!("http://{address}");
        let folder = issuer.service.folder.clone();
        let second = ServiceProcess::start_in(folder, free_address(), &[]);
        let nodes = [issuer.service.address, second.address];
        Self {
            balancer: Balancer::start(address, nodes),
            issuer,
            second,
        }
    }

    /// Replaces the secret before the request that the balancer holds.
    pub fn rotate_secret_before_held_request(&mut self) {
        self.balancer.wait_until_holding();
        self.rotate_secret();
        self.balancer.release();
    }

    /// Replaces the secret. Both nodes use the new one when this returns.
    pub fn rotate_secret(&mut self) {
        self.issuer.generate("secret");
        for node in [&mut self.issuer.service, &mut self.second] {
            node.reload("the configuration was reloaded");
        }
    }
}
