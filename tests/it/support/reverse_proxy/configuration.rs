//! The configurations of `docs/forward-auth.md`, with the addresses and the cookies of a test.

use std::{fs, net::SocketAddr, path::Path, process::Command};

use crate::{
    docs,
    support::{recipes::within, requirements},
};

/// The programs that the tests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    Nginx,
    /// nginx 1.23 or later, which forwards several `Set-Cookie`.
    NewNginx,
    Caddy,
    Traefik,
    Envoy,
    Haproxy,
}

/// The addresses of a test.
#[derive(Clone, Copy)]
pub(super) struct Addresses {
    pub proxy: SocketAddr,
    pub issuer: SocketAddr,
    pub application: SocketAddr,
}

impl ProxyKind {
    /// The documented blocks.
    fn blocks(self) -> Vec<&'static str> {
        let page = docs::page("forward-auth");
        let yaml = || docs::blocks(page, "yaml");
        match self {
            Self::Nginx | Self::NewNginx => docs::blocks(page, "nginx"),
            Self::Caddy => docs::blocks(page, "caddyfile"),
            Self::Traefik => yaml()[..1].to_vec(),
            Self::Envoy => yaml()[1..].to_vec(),
            Self::Haproxy => [docs::blocks(page, "haproxy"), docs::blocks(page, "lua")].concat(),
        }
    }

    fn program(self) -> Option<String> {
        match self {
            Self::Nginx => requirements::nginx().map(str::to_owned),
            Self::Caddy => requirements::caddy().map(str::to_owned),
            Self::Haproxy => requirements::haproxy().map(str::to_owned),
            Self::NewNginx => requirements::optional("SIGNET_TEST_NGINX"),
            Self::Traefik => requirements::optional("SIGNET_TEST_TRAEFIK"),
            Self::Envoy => requirements::optional("SIGNET_TEST_ENVOY"),
        }
    }

    /// Writes the configuration into a folder, and returns the command that runs it. Returns `None` where this machine
    /// lacks the program.
    pub(super) fn command(self, addresses: Addresses, folder: &Path) -> Option<Command> {
        let program = self.program()?;
        let blocks = self.blocks();
        let file = folder.join("configuration.yml");
        let mut command = Command::new(program);
        within(&mut command, folder).env("HOME", folder);
        let text = match self {
            Self::Nginx | Self::NewNginx => {
                command
                    .args(["-e", "stderr", "-p"])
                    .arg(folder)
                    .arg("-c")
                    .arg(&file);
                nginx(blocks[0], addresses)
            }
            Self::Caddy => {
                command
                    .args(["run", "--adapter", "caddyfile", "--config"])
                    .arg(&file);
                caddy(blocks[0], addresses)
            }
            Self::Traefik => {
                command
                    .arg(format!("--entryPoints.web.address={}", addresses.proxy))
                    .arg(format!("--providers.file.filename={}", file.display()))
                    .args([
                        "--providers.file.watch=false",
                        "--global.checkNewVersion=false",
                    ]);
                traefik(blocks[0], addresses)
            }
            Self::Envoy => {
                command
                    .args([
                        "--disable-hot-restart",
                        "--concurrency",
                        "1",
                        "--log-level",
                        "warning",
                    ])
                    .args(["--config-yaml", &envoy(blocks[0], addresses)]);
                String::new()
            }
            Self::Haproxy => {
                let script = folder.join("signet.lua");
                fs::write(&script, blocks[1]).unwrap();
                command.arg("-f").arg(&file);
                haproxy(blocks[0], addresses, &script)
            }
        };
        fs::write(&file, text).unwrap();
        Some(command)
    }
}

fn nginx(block: &str, addresses: Addresses) -> String {
    let block = at(block, addresses);
    let listen = format!("listen {};", addresses.proxy);
    let server = replaced(&block, "listen 443 ssl;", &listen);
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let paths = paths.map(|it| format!("{it}_temp_path {it};\n")).concat();
    let head = "pid nginx.pid;\nerror_log stderr;\ndaemon off;\nmaster_process off;\nevents {}\n";
    format!("{head}http {{\naccess_log off;\n{paths}{server}\n}}\n")
}

fn caddy(block: &str, addresses: Addresses) -> String {
    let site = format!("http://:{} {{", addresses.proxy.port());
    let site = replaced(&at(block, addresses), "wiki.example.com {", &site);
    format!("{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
}

fn traefik(block: &str, addresses: Addresses) -> String {
    let block = at(block, addresses);
    let block = replaced(&block, "Host(`wiki.example.com`)", "PathPrefix(`/`)");
    let prefix = format!("signet-{}-", addresses.issuer.port());
    replaced(&block, "__Secure-signet-", &prefix)
}

fn haproxy(block: &str, addresses: Addresses, script: &Path) -> String {
    let bind = format!("bind {}", addresses.proxy);
    let block = at(block, addresses);
    let block = replaced(&block, "bind :443 ssl crt /etc/haproxy/certs", &bind);
    let block = replaced(&block, "X-Forwarded-Proto https", "X-Forwarded-Proto http");
    let block = replaced(&block, "/etc/haproxy/signet.lua", script.to_str().unwrap());
    let timeouts = ["connect", "client", "server"].map(|it| format!("    timeout {it} 10s\n"));
    format!("defaults\n    mode http\n{}\n{block}\n", timeouts.concat())
}

/// The documented settings of the connection manager, with a listener, a route and the clusters.
fn envoy(block: &str, addresses: Addresses) -> String {
    let block = replaced(block, "127.0.0.1:8080", &addresses.issuer.to_string());
    let settings = format!("          {}\n", block.replace('\n', "\n          "));
    let address = |address: SocketAddr| {
        format!(
            "{{ socket_address: {{ address: {}, port_value: {} }} }}",
            address.ip(),
            address.port()
        )
    };
    let cluster = |name: &str, at: SocketAddr| {
        let at = address(at);
        format!(
            "  - name: {name}\n    load_assignment:\n      cluster_name: {name}\n      \
             endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {at} }} }}] }}]\n"
        )
    };
    let package = "type.googleapis.com/envoy.extensions.filters";
    let (proxy, clusters) = (
        address(addresses.proxy),
        cluster("signet", addresses.issuer) + &cluster("wiki", addresses.application),
    );
    format!(
        "static_resources:
  listeners:
  - address: {proxy}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          \"@type\": {package}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: wiki
          http_protocol_options: {{ accept_http_10: true }}
          route_config:
            virtual_hosts: [{{ name: wiki, domains: [\"*\"], routes: [{{ match: {{ prefix: / }}, route: {{ cluster: wiki }} }}] }}]
{settings}            - name: envoy.filters.http.router
              typed_config: {{ \"@type\": {package}.http.router.v3.Router }}
  clusters:
{clusters}"
    )
}

/// Replaces the documented addresses of Signet and of the application.
fn at(block: &str, addresses: Addresses) -> String {
    let block = replaced(block, "127.0.0.1:8080", &addresses.issuer.to_string());
    replaced(&block, "127.0.0.1:3000", &addresses.application.to_string())
}

/// Replaces a text that the documentation contains.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from}: {text}");
    text.replace(from, to)
}
