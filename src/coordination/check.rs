//! Checks the server before the service starts.

use redis::Cmd;

use super::{
    budgets::{SCRIPT, script_command, script_digest},
    fault::ServerFault,
    server::ServerConnector,
};
use crate::{config::CoordinationConfig, connect::TlsError};

/// A server that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedServer {
    /// The host and the port.
    pub server: String,
    /// The eviction policy, if it may remove marks before they expire.
    pub evicting_policy: Option<String>,
}

impl CheckedServer {
    /// Connects to the configured server and runs the commands that the service needs. Returns `None` if none is
    /// configured.
    ///
    /// # Errors
    /// TLS cannot be set up, or the server cannot be used now.
    pub async fn check(
        config: &CoordinationConfig,
    ) -> Result<Option<Result<Self, ServerFault>>, TlsError> {
        let Some(connector) = ServerConnector::new(config)? else {
            return Ok(None);
        };
        Ok(Some(check(&connector, &config.prefix).await))
    }
}

async fn check(connector: &ServerConnector, prefix: &str) -> Result<CheckedServer, ServerFault> {
    let open = connector.connect().await?;
    let key = format!("{prefix}check");
    let ask = async |command: &Cmd| {
        let answer = connector.ask::<redis::Value>(&open.connection, command);
        answer.await
    };
    let mut set = redis::cmd("SET");
    set.arg(&key).arg("1").arg("NX").arg("PX").arg(1);
    let mut get = redis::cmd("GET");
    get.arg(&key);
    let mut remove = redis::cmd("DEL");
    remove.arg(&key);
    // Without budgets, the script only reads the time.
    let arguments = ["", "check", ""].map(str::to_owned);
    let script = script_command("EVAL", SCRIPT, &[], &arguments);
    let known_script = script_command("EVALSHA", &script_digest(), &[], &arguments);
    for command in [set, get, remove, script, known_script] {
        ask(&command).await?;
    }
    let mut info = redis::cmd("INFO");
    info.arg("memory");
    // The user may lack the permission for this command, which the service does not need.
    let memory = connector.ask::<String>(&open.connection, &info).await;
    Ok(CheckedServer {
        server: connector.to_string(),
        evicting_policy: memory.ok().and_then(|memory| evicting_policy(&memory)),
    })
}

/// Returns the eviction policy if the memory is limited and keys are removed when it is full.
fn evicting_policy(memory: &str) -> Option<String> {
    let value = |name: &str| {
        let mut lines = memory.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let policy = value("maxmemory_policy").filter(|policy| *policy != "noeviction")?;
    let is_limited = value("maxmemory").is_some_and(|limit| limit.trim() != "0");
    is_limited.then(|| policy.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_limited_memory_with_eviction_is_reported() {
        let info = |limit, policy| format!("maxmemory:{limit}\r\nmaxmemory_policy:{policy}\r\n");
        let found = evicting_policy(&info("1000", "allkeys-lru"));
        assert_eq!(found.as_deref(), Some("allkeys-lru"));
        assert_eq!(evicting_policy(&info("1000", "noeviction")), None);
        assert_eq!(evicting_policy(&info("0", "volatile-ttl")), None);
        assert_eq!(evicting_policy(""), None);
    }
}
