mod branding;
mod clients;
mod coordination;
mod database_urls;
mod environment;

mod generated;
mod mail;
mod messages;
mod migration;
mod openid_clients;
mod policies;
mod providers;
mod redirect_uris;
mod reload;
mod sections;
mod table;

use super::*;

fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: FlagSettings,
) -> Result<Config, ConfigErrors> {
    let environment = environment
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    Config::load(SettingSources::new(
        ("signet.toml", file),
        environment,
        flags,
    )?)
}

/// The faults of a file, without the numbers of the lines.
fn faults(file: &str) -> String {
    without_lines(
        &load(file, &[], FlagSettings::default())
            .unwrap_err()
            .to_string(),
    )
}

fn without_lines(faults: &str) -> String {
    let mut parts = faults.split("(signet.toml line ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += "(signet.toml)";
        text += part.split_once(')').unwrap().1;
    }
    text
}
