//! `tls.…`: the certificate and the private key of the listener.

use std::path::PathBuf;

use super::{Issuer, reader::SettingReader};
use crate::tls::{ServerTls, TlsFiles};

const CERTIFICATE: &str = "tls.certificate";
const KEY: &str = "tls.key";

/// Reads the settings of TLS and the files that they name. `None` if a proxy terminates TLS, or if the service is
/// for this machine alone.
pub(super) fn read(reader: &mut SettingReader, issuer: &Issuer) -> Option<ServerTls> {
    let certificate = path(reader, CERTIFICATE);
    let key = path(reader, KEY);
    let ((certificate, certificate_origin), (key, key_origin)) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => {
            reader.fault(KEY, "", format!("is required with {CERTIFICATE}"));
            return None;
        }
        (None, Some(_)) => {
            reader.fault(CERTIFICATE, "", format!("is required with {KEY}"));
            return None;
        }
        (None, None) => return None,
    };
    if !issuer.is_https() {
        let problem = "needs an issuer with https, such as issuer = \"https://auth.example.com\"";
        reader.fault(CERTIFICATE, &certificate_origin, problem.to_owned());
        return None;
    }
    let read = ServerTls::read(TlsFiles { certificate, key });
    read.map_err(|error| {
        let origin = if error.setting == KEY {
            key_origin
        } else {
            certificate_origin
        };
        reader.fault(
            error.setting,
            &origin,
            format!("{:?} {}", error.path, error.problem),
        );
    })
    .ok()
}

/// Takes a path and its origin.
fn path(reader: &mut SettingReader, setting: &str) -> Option<(PathBuf, String)> {
    let (value, origin) = reader.take_raw(setting)?;
    if let toml::Value::String(path) = value {
        return Some((path.into(), origin));
    }
    reader.fault(setting, &origin, "must be a path in quotes".to_owned());
    None
}
