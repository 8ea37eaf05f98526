//! `coordination.…`: the Redis or Valkey server by which nodes share spent marks and limits.

use std::time::Duration;

use super::{
    duration::{milliseconds, milliseconds_between},
    reader::{SettingReader, default_of},
    redis_url::RedisUrl,
    reloadable::Reloadable,
    secret_setting,
};

/// The longest prefix of keys, in bytes.
const MAX_PREFIX: usize = 64;

/// The settings of coordination.
#[derive(Debug, Clone)]
pub struct CoordinationConfig {
    /// The URL of the server. `None` if nodes do not coordinate.
    pub url: Option<Reloadable<RedisUrl>>,
    /// The longest time that one operation waits for the server.
    pub timeout: Duration,
    /// Refuses what needs a mark or a limit while the server cannot be used.
    pub strict: bool,
    /// The beginning of every key.
    pub prefix: String,
}

impl CoordinationConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let file_origin = reader.origin("coordination.url_file");
        let strict_origin = reader.origin("coordination.strict");
        let has_url = secret_setting::is_set(reader, "coordination.url");
        let url = reader.optional("coordination.url", RedisUrl::parse);
        let from_file = reader.optional("coordination.url_file", |path| {
            Reloadable::from_file("coordination.url_file", path, RedisUrl::parse)
        });
        if url.is_some() && from_file.is_some() {
            let problem = "and coordination.url are both set";
            reader.fault("coordination.url_file", &file_origin, problem.to_owned());
        }
        let strict = reader.boolean("coordination.strict");
        if strict && !has_url {
            let problem = "has no effect without coordination.url or coordination.url_file";
            reader.fault("coordination.strict", &strict_origin, problem.to_owned());
        }
        let setting = "coordination.timeout";
        let default = default_of(setting, milliseconds).unwrap_or_default();
        let bounds = (Duration::from_millis(10), Duration::from_secs(1));
        let prefix = reader.declared("coordination.prefix", prefix);
        Self {
            url: url.map(Reloadable::from).or(from_file),
            timeout: reader.value(setting, default, milliseconds_between(bounds)),
            strict,
            prefix: prefix.unwrap_or_default(),
        }
    }

    /// Returns whether others can read the password and the traffic of the server.
    pub fn is_clear_text(&self) -> bool {
        let url = self.url.as_ref();
        url.is_some_and(|url| url.with(RedisUrl::is_clear_text))
    }
}

fn prefix(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > MAX_PREFIX || !is_plain {
        return Err(format!(
            "must have 1 to {MAX_PREFIX} ASCII characters without white space"
        ));
    }
    Ok(text.to_owned())
}
