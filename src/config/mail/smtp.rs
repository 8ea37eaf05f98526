//! `mail.url` and related settings: the SMTP server.

use std::{borrow::Cow, fmt, fs, net::IpAddr, time::Duration};

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use crate::{
    config::{
        reader::SettingReader, reloadable::Reloadable, secret_file::unreadable, secret_setting,
    },
    identity::EmailAddress,
};

/// The longest user or password, in bytes.
const MAX_PASSWORD_BYTES: usize = 1024;

/// The quotation mark around a display name that contains a comma.
const QUOTE: char = '\u{22}';
/// The longest display name of a sender, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// The SMTP server that accepts emails for delivery.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// The host name, or the IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The transport security.
    pub security: SmtpSecurity,
    /// The user and the password of SMTP authentication.
    pub login: Option<(String, Reloadable<SecretString>)>,
    /// The sender of emails.
    pub from: Sender,
    /// Additional certificate authorities that may certify the server, in PEM.
    pub authorities: Option<String>,
    /// The time limit for each response of the server.
    pub timeout: Duration,
}

/// The transport security of a connection to an SMTP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// STARTTLS before any other command (RFC 3207). Without it nothing is sent.
    StartTls,
    /// STARTTLS if the server offers it, without a check of its certificate. Only on loopback, or
    /// with `mail.dangerously_clear_text`.
    Opportunistic,
}

/// The sender of emails: `Signet <no-reply@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The display name.
    pub name: Option<String>,
    /// The email, to which replies go.
    pub address: EmailAddress,
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

/// The parts of `mail.url`.
struct SmtpUrl {
    is_tls: bool,
    host: String,
    port: u16,
    user: Option<String>,
    password: Option<SecretString>,
}

impl SmtpConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Option<Self> {
        let is_url_set = reader.is_set("mail.url");
        let origin = reader.origin("mail.url");
        let server = reader.optional("mail.url", smtp_url);
        let is_password_set = secret_setting::is_set(reader, "mail.password");
        let password = password(reader);
        let is_from_set = reader.is_set("mail.from");
        let from = reader.optional("mail.from", sender);
        if is_url_set && !is_from_set {
            let problem = "is required with mail.url, such as Signet <no-reply@example.com>";
            reader.fault("mail.from", "", problem.to_owned());
        }
        let authorities = reader.optional("mail.ca_file", authorities);
        let may_be_clear_text = reader.boolean("mail.dangerously_clear_text");
        let timeout = reader.duration("mail.timeout");

        let server = server?;
        let mut fault = |problem: &str| reader.fault("mail.url", &origin, problem.to_owned());
        let login = match (server.user, server.password, password) {
            (_, Some(_), Some(_)) => {
                fault("and mail.password both have a password");
                None
            }
            (Some(user), Some(password), None) => Some((user, password.into())),
            (Some(user), None, Some(password)) => Some((user, password)),
            (Some(_), None, None) if !is_password_set => {
                fault("has a user but no password: set mail.password or mail.password_file");
                None
            }
            (None, None, Some(_)) => {
                fault("has no user, but a password is set: write smtp://user@host");
                None
            }
            (_, _, None) => None,
        };
        if may_be_clear_text && authorities.is_some() {
            fault("is used with mail.ca_file: remove mail.dangerously_clear_text");
        }
        let is_local = is_loopback(&server.host);
        let security = match (server.is_tls, may_be_clear_text) {
            (true, true) => {
                fault("is smtps: remove mail.dangerously_clear_text");
                SmtpSecurity::Tls
            }
            (true, false) => SmtpSecurity::Tls,
            (false, true) => SmtpSecurity::Opportunistic,
            // A configured authority means that the server's certificate is to be checked.
            (false, false) if is_local && authorities.is_none() => SmtpSecurity::Opportunistic,
            (false, false) => SmtpSecurity::StartTls,
        };
        if security == SmtpSecurity::Opportunistic && !is_local && login.is_some() {
            fault(
                "has a user, whose password must not be sent unencrypted: remove \
                   mail.dangerously_clear_text",
            );
        }
        Some(Self {
            host: server.host,
            port: server.port,
            security,
            login,
            from: from?,
            authorities,
            timeout: timeout.to_std().unwrap_or_default(),
        })
    }

    /// Returns whether emails may be sent unencrypted over a network.
    pub fn may_be_clear_text(&self) -> bool {
        self.security == SmtpSecurity::Opportunistic && !is_loopback(&self.host)
    }
}

/// The URL of the server, without user and password.
impl fmt::Display for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.security {
            SmtpSecurity::Tls => "smtps",
            SmtpSecurity::StartTls | SmtpSecurity::Opportunistic => "smtp",
        };
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}")
        } else {
            write!(f, "{scheme}://{host}:{port}")
        }
    }
}

fn is_loopback(host: &str) -> bool {
    // Only `localhost` itself: names under it may resolve to other machines.
    let is_name = host == "localhost";
    let is_address = |address: IpAddr| address.is_loopback();
    is_name || host.parse().is_ok_and(is_address)
}

/// Reads the password, from its setting or from a file.
fn password(reader: &mut SettingReader) -> Option<Reloadable<SecretString>> {
    secret_setting::read(reader, "mail.password", |text| {
        smtp_password(text).map_err(str::to_owned)
    })
}

/// Parses a password that SASL can carry (RFC 4616 §2).
fn smtp_password(text: &str) -> Result<SecretString, &'static str> {
    if (1..=MAX_PASSWORD_BYTES).contains(&text.len()) && !text.contains(char::is_control) {
        Ok(text.into())
    } else {
        Err("must be 1 to 1024 bytes, without control characters")
    }
}

/// Parses the URL of the server. Errors never quote it, because it may contain a password.
fn smtp_url(text: &str) -> Result<SmtpUrl, &'static str> {
    let form = "must be smtp://host, smtp://user@host:587 or smtps://user@host:465";
    let url = Url::parse(text).map_err(|_| form)?;
    let is_tls = match url.scheme() {
        "smtp" => false,
        "smtps" => true,
        _ => return Err(form),
    };
    let has_only_host = matches!(url.path(), "" | "/") && url.query().or(url.fragment()).is_none();
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let host = match host.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(address) => address.to_owned(),
        None => host,
    };
    let port = url.port().unwrap_or(if is_tls { 465 } else { 587 });
    if !has_only_host || !is_host(&host) || port == 0 {
        return Err(form);
    }
    let user = decoded(url.username())?;
    if user.contains(char::is_control) || user.len() > MAX_PASSWORD_BYTES {
        return Err("has a user of more than 1024 bytes, or with control characters");
    }
    let password = url.password().map(decoded).transpose()?;
    let wrong = |_| "has a password of more than 1024 bytes, or with control characters";
    let password = password
        .map(|it| smtp_password(&it))
        .transpose()
        .map_err(wrong)?;
    if user.is_empty() && password.is_some() {
        return Err("has a password without a user");
    }
    Ok(SmtpUrl {
        is_tls,
        host,
        port,
        user: (!user.is_empty()).then_some(user),
        password,
    })
}

fn decoded(text: &str) -> Result<String, &'static str> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Cow::into_owned)
        .map_err(|_| "has a user or a password that is not UTF-8")
}

/// Returns whether a host is an IP address or a DNS name.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    host.parse::<IpAddr>().is_ok() || (host.len() <= 253 && host.split('.').all(is_label))
}

fn sender(text: &str) -> Result<Sender, String> {
    let form = |()| "must be an email, or a name and an email: Signet <no-reply@example.com>";
    let (name, address) = match text.trim().strip_suffix('>') {
        Some(text) => text.rsplit_once('<').ok_or(()).map_err(form)?,
        None => ("", text),
    };
    let name = name.trim();
    let name = name
        .strip_prefix(QUOTE)
        .and_then(|name| name.strip_suffix(QUOTE))
        .unwrap_or(name);
    if name.contains(['<', '>', QUOTE])
        || name.contains(char::is_control)
        || name.len() > MAX_NAME_BYTES
    {
        return Err(form(()).to_owned());
    }
    let address = EmailAddress::parse(address);
    Ok(Sender {
        name: (!name.is_empty()).then(|| name.to_owned()),
        address: address.map_err(|wrong| format!("has an email that {wrong}"))?,
    })
}

/// Reads a file that contains only PEM certificates.
fn authorities(path: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let blocks = pem::parse_many(&text).map_err(|_| format!("{path:?} is not PEM"))?;
    if blocks.is_empty() || blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
        return Err(format!("{path:?} must hold certificates, and nothing else"));
    }
    Ok(text)
}
