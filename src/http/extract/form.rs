//! Form bodies of OAuth routes (RFC 6749 appendix B), and queries.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
};

use super::body;
use crate::{
    config::Config,
    http::{media_type, problem::Problem},
};

/// The parameters of a request. One given twice is an error, an empty one is left out (§3.2).
pub(in crate::http) struct Form(BTreeMap<String, String>);

impl Form {
    /// The parameter of that name.
    pub(in crate::http) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The parameter of that name, which must be there.
    pub(in crate::http) fn require(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| {
            let title = "A parameter of the request is missing.";
            Problem::invalid_request(StatusCode::BAD_REQUEST, "missing_field", title)
                .of_field(name)
                .detail("is required")
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Form
where
    Arc<Config>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let wrong =
            |title| Problem::invalid_request(StatusCode::BAD_REQUEST, "invalid_request", title);
        if !media_type::is(request.headers(), "application/x-www-form-urlencoded") {
            return Err(wrong("The body must be application/x-www-form-urlencoded."));
        }
        let bytes = body::read(request, state).await?;
        let parameters = parameters(&bytes).ok_or_else(|| wrong(TWICE))?;
        Ok(Self(parameters))
    }
}

const TWICE: &str = "A parameter is given twice.";

/// The parameters that are not empty, unless one is given twice.
fn parameters(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text).into_owned() {
        if parameters.insert(name, value).is_some() {
            return None;
        }
    }
    parameters.retain(|_, value| !value.is_empty());
    Some(parameters)
}

/// The query of a request, by the same rules.
pub(in crate::http) struct Query(BTreeMap<String, String>);

impl Query {
    /// The parameter of that name.
    pub(in crate::http) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them.
    pub(in crate::http) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Complains about every other parameter.
    pub(in crate::http) fn has_only(&self, names: &[&str]) -> Result<(), Problem> {
        match self.0.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(Problem::unknown_field(name)),
            None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let parameters = parameters(query.as_bytes()).ok_or_else(|| {
            Problem::invalid_request(StatusCode::BAD_REQUEST, "invalid_request", TWICE)
        });
        parameters.map(Self)
    }
}
