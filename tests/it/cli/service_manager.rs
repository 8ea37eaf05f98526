//! Messages to the service manager that started the process (`sd_notify(3)`).

use std::{
    io,
    os::unix::net::UnixDatagram,
    time::{Duration, Instant},
};

use crate::support::process::ServiceProcess;

/// The socket of a service manager.
struct ServiceManager {
    socket: UnixDatagram,
    path: String,
    _folder: tempfile::TempDir,
}

impl ServiceManager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self {
            socket,
            path: path.to_str().unwrap().to_owned(),
            _folder: folder,
        }
    }

    /// The next message.
    fn message(&self) -> String {
        let mut buffer = [0; 256];
        let length = self.socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    fn has_message(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        let received = self.socket.recv(&mut [0; 256]);
        self.socket.set_nonblocking(false).unwrap();
        match received {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                false
            }
        }
    }
}

#[test]
fn service_manager_is_told_of_start_reload_and_stop() {
    let manager = ServiceManager::new();
    let environment = [
        ("NOTIFY_SOCKET", manager.path.as_str()),
        ("SIGNET_HTTP__DRAIN", "1s"),
    ];
    let service = ServiceProcess::start(&environment);
    assert_eq!(manager.message(), "READY=1\n");
    assert_eq!(service.get("/readyz", "").0, 200);

    service.signal("-HUP");
    let message = manager.message();
    let time = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
    let time = time.and_then(|time| time.trim_end().parse::<u64>().ok());
    assert!(time.is_some_and(|time| time > 0), "{message}");
    assert_eq!(manager.message(), "READY=1\n");

    // The service manager hears of the stop while the service still answers.
    let begun = Instant::now();
    service.signal("-TERM");
    assert_eq!(manager.message(), "STOPPING=1\n");
    assert!(begun.elapsed() < Duration::from_secs(1));
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    assert!(!manager.has_message());
}

#[test]
fn service_manager_that_is_gone_is_logged_and_ignored() {
    let manager = ServiceManager::new();
    let path = manager.path.clone();
    drop(manager);
    let mut service = ServiceProcess::start(&[("NOTIFY_SOCKET", &path)]);
    service.wait_for_log("the service manager cannot be notified");
    assert_eq!(service.get("/readyz", "").0, 200);
}

#[test]
fn start_that_fails_reports_nothing() {
    let manager = ServiceManager::new();
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::support::process::signet(folder.path());
    command.env("NOTIFY_SOCKET", &manager.path);
    command.args(["--issuer", "https://auth.example.com"]);
    let output = crate::support::process::run(command, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(!manager.has_message());
}
