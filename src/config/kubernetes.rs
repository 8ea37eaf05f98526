//! Variables that Kubernetes adds to every container for the Services of its namespace.

/// The prefix of all environment variables of Signet.
const PREFIX: &str = "SIGNET";

/// Returns whether a variable describes a Kubernetes Service named `signet` or `signet-…`, and is
/// not a setting. `is_set` returns whether the variable with a given name is set.
///
/// The names have the form that `kubelet` creates: `…_SERVICE_HOST`, `…_SERVICE_PORT`,
/// `…_SERVICE_PORT_NAME`, `…_PORT`, `…_PORT_5432_TCP` and its `_PROTO`, `_PORT` and `_ADDR`. A
/// misspelt setting can end in `_PORT` as well, so a `…_PORT` also needs a value such as
/// `tcp://10.0.0.1:5432`, or a `…_SERVICE_HOST` beside it.
pub(super) fn is_service_variable(
    name: &str,
    value: &str,
    is_set: impl FnOnce(&str) -> bool,
) -> bool {
    let is_allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if !name.bytes().all(is_allowed) {
        return false;
    }
    let ends = |suffix: &str| name.strip_suffix(suffix).is_some_and(is_service);
    if ends("_SERVICE_HOST") || ends("_SERVICE_PORT") || has_named_port(name) || has_port(name) {
        return true;
    }
    let Some(service) = name.strip_suffix("_PORT").filter(|it| is_service(it)) else {
        return false;
    };
    let schemes = ["tcp://", "udp://", "sctp://"].iter();
    schemes.into_iter().any(|scheme| value.starts_with(scheme))
        || is_set(&format!("{service}_SERVICE_HOST"))
}

/// Returns whether a text is `SIGNET` or `SIGNET_…`, the name of a Service in upper case with `_`
/// for `-`.
fn is_service(text: &str) -> bool {
    match text.strip_prefix(PREFIX) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('_').is_some_and(is_word),
        None => false,
    }
}

/// Returns whether a text is a name that neither begins nor ends with `_`.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('_') && !text.ends_with('_')
}

/// Returns whether a name has the form `…_SERVICE_PORT_HTTP`.
fn has_named_port(name: &str) -> bool {
    let middle = "_SERVICE_PORT_";
    name.match_indices(middle).any(|(at, _)| {
        let (service, rest) = name.split_at(at);
        let port = rest.strip_prefix(middle);
        is_service(service) && port.is_some_and(is_word)
    })
}

/// Returns whether a name has the form `…_PORT_5432_TCP` or `…_PORT_5432_TCP_ADDR`.
fn has_port(name: &str) -> bool {
    let suffixes = ["_PROTO", "_PORT", "_ADDR"];
    let name = suffixes
        .iter()
        .find_map(|it| name.strip_suffix(it))
        .unwrap_or(name);
    let protocols = ["_TCP", "_UDP", "_SCTP"];
    let Some(name) = protocols.iter().find_map(|it| name.strip_suffix(it)) else {
        return false;
    };
    name.rsplit_once("_PORT_").is_some_and(|(service, port)| {
        is_service(service) && port.len() <= 5 && port.parse::<u16>().is_ok()
    })
}
