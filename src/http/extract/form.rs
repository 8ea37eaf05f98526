//! Form bodies (RFC 6749 appendix B) and queries.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Request},
    http::{Uri, request::Parts},
};

use crate::{
    config::Config,
    http::{
        extract::{body, media_type},
        problem::{Code, Problem},
    },
};

/// The parameters of a form. A repeated parameter is an error, an empty one is omitted (RFC 6749 §3.2).
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// Returns the parameter with that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Iterates over all parameters.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns a required parameter.
    ///
    /// # Errors
    /// `missing_field`: the parameter is missing or empty.
    pub(crate) fn require(&self, name: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| {
            Problem::new(Code::MissingField)
                .bad_request()
                .title("A required parameter is missing.")
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
        let wrong = |title| Problem::new(Code::InvalidRequest).title(title);
        if !media_type::is(request.headers(), "application/x-www-form-urlencoded") {
            return Err(wrong(
                "The Content-Type must be application/x-www-form-urlencoded.",
            ));
        }
        let bytes = body::read(request, state).await?;
        let parameters = parameters(&bytes).ok_or_else(|| wrong(TWICE))?;
        Ok(Self(parameters))
    }
}

const TWICE: &str = "A parameter occurs twice.";

/// Parses the parameters and omits empty ones. `None` if one occurs twice.
fn parameters(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut parameters = distinct(text)?;
    parameters.retain(|_, value| !value.is_empty());
    Some(parameters)
}

/// Parses the parameters. `None` if one occurs twice.
fn distinct(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text).into_owned() {
        if parameters.insert(name, value).is_some() {
            return None;
        }
    }
    Some(parameters)
}

/// The query of a request, by the rules of [`Form`].
pub(crate) struct Query {
    parameters: BTreeMap<String, String>,
    /// The names of empty parameters.
    empty: Vec<String>,
}

impl Query {
    /// Reads the query of a URI.
    ///
    /// # Errors
    /// `invalid_request`: a parameter occurs twice.
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        let query = uri.query().unwrap_or_default();
        let twice = || Problem::new(Code::InvalidRequest).title(TWICE);
        let all = distinct(query.as_bytes()).ok_or_else(twice)?;
        let (empty, parameters) = all.into_iter().partition(|(_, it)| it.is_empty());
        let empty: BTreeMap<_, _> = empty;
        Ok(Self {
            parameters,
            empty: empty.into_keys().collect(),
        })
    }

    /// Returns the parameter with that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// Returns the parameter with that name even if it is empty, for routes that refuse empty values.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        let is_empty = self.empty.iter().any(|empty| empty == name);
        self.get(name).or(is_empty.then_some(""))
    }

    /// Iterates over all parameters.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Checks that the query has no other parameters.
    ///
    /// # Errors
    /// `unknown_field`: it has another.
    pub(crate) fn has_only(&self, names: &[&str]) -> Result<(), Problem> {
        match self
            .parameters
            .keys()
            .find(|name| !names.contains(&name.as_str()))
        {
            Some(name) => Err(Problem::unknown_field(name)),
            None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.uri)
    }
}
