//! A server that is reached by TLS (`rediss://`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tempfile::TempDir;

use crate::support::{
    PASSWORD,
    exposition::Exposition,
    process::{ServiceProcess, free_address, run, signet},
    redis::RedisServer,
};

/// A CA that is written into files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.crt"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> String {
        self.folder.path().join("ca.crt").display().to_string()
    }

    /// Issues a certificate for `localhost` until the start of a year. Returns its file and that of its key.
    fn issue(&self, until: i32) -> [PathBuf; 2] {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = ["crt", "key"].map(|it| self.folder.path().join(format!("{until}.{it}")));
        fs::write(&files[0], certificate.pem()).unwrap();
        fs::write(&files[1], key.serialize_pem()).unwrap();
        files
    }
}

/// A year in the future, and one in the past.
const VALID: i32 = 4000;
const EXPIRED: i32 = 2021;

fn up(service: &ServiceProcess) -> f64 {
    let (_, text) = service.get("/metrics", "");
    Exposition::parse(&text).value("signet_coordination_up", &[])
}

/// Lets the server present another certificate, and closes the connections to it.
fn present(redis: &RedisServer, [certificate, key]: &[PathBuf; 2]) {
    let (certificate, key) = (certificate.display(), key.display());
    let _: () = redis.run(&format!(
        "CONFIG SET tls-cert-file {certificate} tls-key-file {key}"
    ));
    let _: i64 = redis.run("CLIENT KILL TYPE normal");
}

/// Runs a command with this server and the CA certificates of this file. Returns its exit code and output.
fn command(folder: &Path, url: &str, trusted: &Authority, arguments: &[&str]) -> (i32, String) {
    let mut command = signet(folder);
    command.args(arguments).envs([
        ("SSL_CERT_FILE", trusted.file().as_str()),
        ("SIGNET_COORDINATION__URL", url),
        ("SIGNET_COORDINATION__TIMEOUT", "1s"),
    ]);
    let output = run(command, "");
    let text = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(text).unwrap())
}

#[test]
fn server_is_verified_by_the_ca_and_the_host() {
    let (ca, other) = (Authority::new("CA"), Authority::new("Other CA"));
    let [certificate, key] = ca.issue(VALID);
    let Some((_redis, port)) = RedisServer::with_tls(&certificate, &key) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let at = |host: &str| format!("rediss://{host}:{port}");
    let (code, output) = command(folder, &at("localhost"), &ca, &["check"]);
    assert_eq!(code, 0, "{output}");
    let used = format!("ok      coordination: localhost:{port} can be used");
    assert!(output.contains(&used), "{output}");

    let unknown = ("localhost", &other, "UnknownIssuer");
    let wrong_host = ("127.0.0.1", &ca, "not valid for name \"127.0.0.1\"");
    for (host, trusted, cause) in [unknown, wrong_host] {
        let listen = free_address().to_string();
        for (arguments, expected) in [(&["check"][..], 1), (&["serve", "--listen", &listen], 2)] {
            let (code, output) = command(folder, &at(host), trusted, arguments);
            assert_eq!(code, expected, "{output}");
            let problem = "coordination.url: the server cannot be verified: ";
            for part in [problem, cause, "SSL_CERT_FILE"] {
                assert!(output.contains(part), "{output}");
            }
        }
    }
}

#[test]
fn node_goes_on_while_the_server_cannot_be_verified() {
    let (ca, other) = (Authority::new("CA"), Authority::new("Other CA"));
    let expired = ca.issue(EXPIRED);
    let Some((redis, port)) = RedisServer::with_tls(&expired[0], &expired[1]) else {
        return;
    };
    let mut service = ServiceProcess::start(&[
        ("SSL_CERT_FILE", &ca.file()),
        (
            "SIGNET_COORDINATION__URL",
            &format!("rediss://localhost:{port}"),
        ),
        ("SIGNET_COORDINATION__TIMEOUT", "1s"),
    ]);
    service.wait_for_log("until then this node goes on by itself");
    service.sign_up("ada@example.com", PASSWORD);

    present(&redis, &ca.issue(VALID));
    service.wait_for("the server is used", |it| up(it) > 0.0);
    service.sign_up("bob@example.com", PASSWORD);
    let keys: i64 = redis.run("DBSIZE");
    assert!(keys > 0, "{keys}");

    present(&redis, &other.issue(VALID));
    service.wait_for("the server is not used", |it| up(it) == 0.0);
    service.sign_up("grace@example.com", PASSWORD);
    let (_, text) = service.get("/metrics", "");
    let kind = [("kind", "connect")];
    let failures = Exposition::parse(&text).value("signet_coordination_errors_total", &kind);
    assert!(failures > 0.0, "{text}");
    present(&redis, &ca.issue(VALID));
    service.wait_for("the server is used again", |it| up(it) > 0.0);
}
