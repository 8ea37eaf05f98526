//! Marks of used single-use tokens, in the memory of this node and on the server.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Coordination, removal::removal};
use crate::spent::{SpendError, SpentTokens};

/// A cheap handle on the marks of one kind of single-use tokens. A mark is set in the memory of this node first, and then
/// on the server, if nodes coordinate.
#[derive(Debug, Clone, Default)]
pub struct SpentMarks {
    here: SpentTokens,
    everywhere: Option<SharedMarks>,
}

#[derive(Debug, Clone)]
struct SharedMarks {
    coordination: Coordination,
    kind: Arc<str>,
}

impl SpentMarks {
    /// Returns the marks of a kind of tokens. The identifiers of different kinds do not collide.
    pub fn new(kind: &str, coordination: &Coordination) -> Self {
        let everywhere = coordination.is_on().then(|| SharedMarks {
            coordination: coordination.clone(),
            kind: kind.into(),
        });
        Self {
            here: SpentTokens::default(),
            everywhere,
        }
    }

    /// Marks a token that is valid until `exp` as used. Exactly one of several concurrent calls on all nodes succeeds.
    /// While the server cannot be used, that holds for each node alone.
    ///
    /// # Errors
    /// It was used before, or no more tokens can be stored. With `coordination.strict`, the server cannot be used; the
    /// token is not used then.
    pub async fn spend(
        &self,
        jti: &str,
        exp: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), SpendError> {
        self.here.spend(jti, exp, now)?;
        match &self.everywhere {
            None => Ok(()),
            Some(shared) => {
                // Boxed, so that nodes without a server do not have the larger future.
                let spent = Box::pin(shared.spend(jti, exp, now)).await;
                if spent == Err(SpendError::Unavailable) {
                    self.here.forget(jti);
                }
                spent
            }
        }
    }

    /// Takes back that a token, which is valid until `exp`, was used.
    pub async fn forget(&self, jti: &str, exp: DateTime<Utc>) {
        self.here.forget(jti);
        if let Some(shared) = &self.everywhere {
            Box::pin(shared.forget(jti, exp)).await;
        }
    }

    /// Returns whether a token has been used at this node.
    pub fn contains(&self, jti: &str) -> bool {
        self.here.contains(jti)
    }

    /// Returns whether a token that is valid until `exp` has been used at any node.
    ///
    /// # Errors
    /// With `coordination.strict`, the server cannot be used.
    pub async fn contains_anywhere(
        &self,
        jti: &str,
        exp: DateTime<Utc>,
    ) -> Result<bool, SpendError> {
        if self.here.contains(jti) {
            return Ok(true);
        }
        match &self.everywhere {
            None => Ok(false),
            Some(shared) => Box::pin(shared.contains(jti, exp)).await,
        }
    }
}

impl SharedMarks {
    async fn spend(
        &self,
        jti: &str,
        exp: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), SpendError> {
        let Some(parts) = self.coordination.parts() else {
            return Ok(());
        };
        let Some(key) = self.key(jti, exp) else {
            return Ok(());
        };
        let until = SpentTokens::kept_until(exp);
        let life = until.signed_duration_since(now).num_milliseconds().max(1);
        let process = parts.link.process();
        let mut command = redis::cmd("SET");
        command.arg(&key).arg(process).arg("NX").arg("PX").arg(life);
        let spent = match parts.link.run::<Option<String>>(&command).await {
            Ok(Some(Some(_))) => Ok(true),
            // A mark that exists counts, also if its owner cannot be read.
            Ok(_) => match self.check_owner(&key).await {
                Err(_) if !self.coordination.is_strict() => Ok(false),
                owned => owned,
            },
            Err(failure) => Err(failure),
        };
        match spent {
            Ok(true) => {
                parts.link.keep(&key);
                Ok(())
            }
            Ok(false) => Err(SpendError::Before),
            Err(_) if self.coordination.is_strict() => {
                // The mark may have been set nevertheless.
                parts.link.take_back_later(key);
                Err(SpendError::Unavailable)
            }
            Err(_) => Ok(()),
        }
    }

    /// Returns whether a mark is that of this process. Its memory says that the token is not used: the mark is that of a
    /// request that was refused because no answer came.
    async fn check_owner(&self, key: &str) -> Result<bool, super::CoordinationFailure> {
        let Some(parts) = self.coordination.parts() else {
            return Ok(true);
        };
        let mut command = redis::cmd("GET");
        command.arg(key);
        let owner = parts.link.run::<Option<String>>(&command).await?;
        Ok(owner.flatten().as_deref() == Some(parts.link.process()))
    }

    async fn forget(&self, jti: &str, exp: DateTime<Utc>) {
        if let (Some(parts), Some(key)) = (self.coordination.parts(), self.key(jti, exp)) {
            let command = removal(&key, parts.link.process());
            // A failure is counted. The mark then costs the user one more try.
            let _ = parts.link.run::<i64>(&command).await;
        }
    }

    async fn contains(&self, jti: &str, exp: DateTime<Utc>) -> Result<bool, SpendError> {
        let (Some(parts), Some(key)) = (self.coordination.parts(), self.key(jti, exp)) else {
            return Ok(false);
        };
        let mut command = redis::cmd("GET");
        command.arg(&key);
        match parts.link.run::<Option<String>>(&command).await {
            Ok(owner) => Ok(owner.flatten().is_some()),
            Err(_) if self.coordination.is_strict() => Err(SpendError::Unavailable),
            Err(_) => Ok(false),
        }
    }

    fn key(&self, jti: &str, exp: DateTime<Utc>) -> Option<String> {
        let key = self.coordination.parts()?.names.at(exp)?;
        Some(key.name(&[b"mark", self.kind.as_bytes(), jti.as_bytes()]))
    }
}
