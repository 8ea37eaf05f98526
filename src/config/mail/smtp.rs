//! `mail.url` and what goes with it: how mails leave.

use std::{borrow::Cow, fmt, fs, net::IpAddr, time::Duration};

use chrono::TimeDelta;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use crate::{
    config::{
        duration::{between, truth},
        reader::SettingReader,
        reloadable::Reloadable,
        secret_file::unreadable,
    },
    identity::EmailAddress,
};

/// The longest password, in bytes.
const LONGEST_PASSWORD: usize = 1024;

/// Around a name that has a comma.
const QUOTE: char = '\u{22}';
/// The longest name of a sender, in bytes.
const LONGEST_NAME: usize = 200;

/// A server that takes mails.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Its name, or its address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept from others.
    pub security: SmtpSecurity,
    /// As whom we log in there, and how we prove it.
    pub login: Option<(String, Reloadable<SecretString>)>,
    /// From whom mails are.
    pub from: Sender,
    /// Further authorities that may vouch for its name, in PEM.
    pub authorities: Option<String>,
    /// How long it may take for each of its answers.
    pub timeout: Duration,
}

/// How the way to a server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// TLS before anything is said (RFC 3207), or nothing is.
    StartTls,
    /// TLS where it is offered, by whomever: on loopback, or where danger was asked for.
    Opportunistic,
}

/// From whom mails are: `Signet <no-reply@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// What people are shown.
    pub name: Option<String>,
    /// Where answers would go.
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

/// What `mail.url` says.
struct SmtpUrl {
    is_tls: bool,
    host: String,
    port: u16,
    user: Option<String>,
    password: Option<SecretString>,
}

impl SmtpConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Option<Self> {
        let is_asked_for = reader.is_set("mail.url");
        let origin = reader.origin("mail.url");
        let server = reader.optional("mail.url", server);
        let is_password_set = reader.is_set("mail.password") || reader.is_set("mail.password_file");
        let password = password(reader);
        let is_from_set = reader.is_set("mail.from");
        let from = reader.optional("mail.from", sender);
        if is_asked_for && !is_from_set {
            let problem = "is required with mail.url, such as Signet <no-reply@example.com>";
            reader.fault("mail.from", "", problem.to_owned());
        }
        let authorities = reader.optional("mail.ca_file", authorities);
        let in_danger = reader.value("mail.dangerously_clear_text", false, truth);
        let timeout = between(TimeDelta::seconds(1), TimeDelta::minutes(5));
        let timeout = reader.value("mail.timeout", TimeDelta::seconds(10), timeout);

        let server = server?;
        let mut wrong = |problem: &str| reader.fault("mail.url", &origin, problem.to_owned());
        let login = match (server.user, server.password, password) {
            (_, Some(_), Some(_)) => {
                wrong("and mail.password both have a password");
                None
            }
            (Some(user), Some(password), None) => Some((user, password.into())),
            (Some(user), None, Some(password)) => Some((user, password)),
            (Some(_), None, None) if !is_password_set => {
                wrong("has a user but no password: set mail.password or mail.password_file");
                None
            }
            (None, None, Some(_)) => {
                wrong("has no user, but a password is set: write smtp://user@host");
                None
            }
            (_, _, None) => None,
        };
        if in_danger && authorities.is_some() {
            wrong("is used with mail.ca_file: remove mail.dangerously_clear_text");
        }
        let is_here = is_loopback(&server.host);
        let security = match (server.is_tls, in_danger) {
            (true, true) => {
                wrong("is smtps: remove mail.dangerously_clear_text");
                SmtpSecurity::Tls
            }
            (true, false) => SmtpSecurity::Tls,
            (false, true) => SmtpSecurity::Opportunistic,
            // Who names an authority wants to know whom we talk with.
            (false, false) if is_here && authorities.is_none() => SmtpSecurity::Opportunistic,
            (false, false) => SmtpSecurity::StartTls,
        };
        if security == SmtpSecurity::Opportunistic && !is_here && login.is_some() {
            wrong(
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

    /// Whether mails may travel in clear text where others can see them.
    pub fn may_be_clear_text(&self) -> bool {
        self.security == SmtpSecurity::Opportunistic && !is_loopback(&self.host)
    }
}

/// Where it is, without user and password.
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
    // No name under it: who knows what answers for those.
    let is_name = host == "localhost";
    let is_address = |address: IpAddr| address.is_loopback();
    is_name || host.parse().is_ok_and(is_address)
}

/// The password, as it is or in a file.
fn password(reader: &mut SettingReader) -> Option<Reloadable<SecretString>> {
    let origin = reader.origin("mail.password");
    let setting = "mail.password_file";
    let from_file = reader.optional(setting, |path| {
        Reloadable::from_file(setting, path, |text| secret_of(text).map_err(str::to_owned))
    });
    let written = reader.optional("mail.password", secret_of);
    let written = written.map(Reloadable::from);
    if written.is_some() && from_file.is_some() {
        let problem = "and mail.password_file are both set";
        reader.fault("mail.password", &origin, problem.to_owned());
    }
    written.or(from_file)
}

/// Characters that SASL can carry (RFC 4616 §2).
fn secret_of(text: &str) -> Result<SecretString, &'static str> {
    if (1..=LONGEST_PASSWORD).contains(&text.len()) && !text.contains(char::is_control) {
        Ok(text.into())
    } else {
        Err("must be 1 to 1024 bytes, without control characters")
    }
}

/// Never quotes it: there may be a password in it.
fn server(text: &str) -> Result<SmtpUrl, &'static str> {
    let form = "must be smtp://host, smtp://user@host:587 or smtps://user@host:465";
    let url = Url::parse(text).map_err(|_| form)?;
    let is_tls = match url.scheme() {
        "smtp" => false,
        "smtps" => true,
        _ => return Err(form),
    };
    let is_bare = matches!(url.path(), "" | "/") && url.query().or(url.fragment()).is_none();
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let host = match host.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(address) => address.to_owned(),
        None => host,
    };
    let port = url.port().unwrap_or(if is_tls { 465 } else { 587 });
    if !is_bare || !is_host(&host) || port == 0 {
        return Err(form);
    }
    let user = decoded(url.username())?;
    if user.contains(char::is_control) || user.len() > LONGEST_PASSWORD {
        return Err("has a user of more than 1024 bytes, or with control characters");
    }
    let password = url.password().map(decoded).transpose()?;
    let wrong = |_| "has a password of more than 1024 bytes, or with control characters";
    let password = password
        .map(|it| secret_of(&it))
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

/// An address, or a name as DNS has it.
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
        || name.len() > LONGEST_NAME
    {
        return Err(form(()).to_owned());
    }
    let address = EmailAddress::parse(address);
    Ok(Sender {
        name: (!name.is_empty()).then(|| name.to_owned()),
        address: address.map_err(|wrong| format!("has an email that {wrong}"))?,
    })
}

/// Certificates in PEM, and nothing else.
fn authorities(path: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let blocks = pem::parse_many(&text).map_err(|_| format!("{path:?} is not PEM"))?;
    if blocks.is_empty() || blocks.iter().any(|block| block.tag() != "CERTIFICATE") {
        return Err(format!("{path:?} must hold certificates, and nothing else"));
    }
    Ok(text)
}
