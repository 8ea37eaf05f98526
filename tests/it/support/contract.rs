//! The `OpenAPI` document, against which every response of the tests is checked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::http::Uri;
use jsonschema::Validator;
use serde_json::{Value, json};
use signet::config::Config;

use super::answer::Answer;

/// An `OpenAPI` document and its compiled schemas.
pub struct Contract {
    pub document: Value,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One entry for each issuer path and set of added claims, the only settings that change the
/// document.
static ALL: Mutex<Vec<(String, Arc<Contract>)>> = Mutex::new(Vec::new());

impl Contract {
    /// The contract of a service with this configuration.
    pub fn of(config: &Config) -> Arc<Self> {
        let mut all = ALL.lock().unwrap();
        let claims = config
            .clients
            .iter()
            .flat_map(|client| client.claims.names());
        let claims: Vec<_> = claims.collect();
        let key = format!("{} {claims:?}", config.issuer.path());
        if let Some((_, contract)) = all.iter().find(|(known, _)| *known == key) {
            return contract.clone();
        }
        let contract = Arc::new(Self {
            document: signet::router::openapi(config),
            compiled: Mutex::default(),
        });
        all.push((key, contract.clone()));
        contract
    }

    /// Every operation, as `GET /livez`.
    pub fn operations(&self) -> Vec<String> {
        let mut operations = vec![];
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys().filter(|m| *m != "servers") {
                operations.push(format!("{} {path}", method.to_uppercase()));
            }
        }
        operations.sort();
        operations
    }

    /// Checks a response to a request. Returns the reason if the response breaks the contract.
    pub fn admits(&self, method: &str, uri: &str, answer: &Answer) -> Result<(), String> {
        let uri: Uri = uri.parse().unwrap();
        let path = uri.path();
        if method == "OPTIONS" && answer.status == 200 {
            return Ok(()); // CORS asks what may be asked.
        }
        let found = self.item(path);
        let of_method = match method {
            "HEAD" => "get".to_owned(),
            // Methods are case-sensitive (RFC 9110 §9.1).
            _ if method.chars().any(char::is_lowercase) => String::new(),
            _ => method.to_lowercase(),
        };
        let operation = found.and_then(|item| item.get(of_method));
        let shared = &self.document["components"]["responses"];
        let response = match (operation, answer.status) {
            (Some(operation), status) => {
                let response = &operation["responses"][status.to_string()];
                if response.is_null() {
                    return Err(format!("{status} is not described"));
                }
                response
            }
            // A disabled route has no methods.
            (None, 404) if answer.text().contains("not_found") => &shared["NotFound"],
            (None, 405) if found.is_some() => &shared["MethodNotAllowed"],
            (None, status) => return Err(format!("no such operation, and {status}")),
        };
        self.agrees(self.resolved(response), method, answer)
    }

    /// The path item that matches a path; literal templates first.
    fn item(&self, path: &str) -> Option<&Value> {
        let issuer = self.document["servers"][0]["url"].as_str().unwrap();
        let root = issuer.splitn(4, '/').nth(3).unwrap_or_default();
        let prefix = format!("/{root}");
        let prefix = prefix.trim_end_matches('/');
        let matching = |(template, item): &(&String, &Value)| {
            let prefix = if item["servers"].is_null() {
                prefix
            } else {
                ""
            };
            let template = format!("{prefix}{template}");
            // The page of the service is at the path of the issuer, with or without a slash.
            let template = match template.strip_suffix('/') {
                Some(issuer) if !issuer.is_empty() && !path.ends_with('/') => issuer.to_owned(),
                _ => template,
            };
            let (mut ours, mut theirs) = (template.split('/'), path.split('/'));
            loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => return true,
                    (Some(ours), Some(theirs))
                        if ours == theirs || (ours.starts_with('{') && !theirs.is_empty()) => {}
                    _ => return false,
                }
            }
        };
        let paths = self.document["paths"].as_object().unwrap();
        paths.iter().find(matching).map(|(_, item)| item)
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self
                .document
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{reference} leads nowhere")),
            None => value,
        }
    }

    fn agrees(&self, response: &Value, method: &str, answer: &Answer) -> Result<(), String> {
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            if self.resolved(header)["required"] == true && !answer.headers.contains_key(name) {
                return Err(format!("the header {name} is missing"));
            }
        }
        let media_type = answer.header("content-type");
        let Some(content) = response["content"].as_object() else {
            let is_empty = answer.body.is_empty() && media_type.is_empty();
            let is_page = response["x-may-be-page"] == true && media_type.starts_with("text/html");
            let is_empty = is_empty || is_page;
            return is_empty.then_some(()).ok_or_else(|| "has a body".into());
        };
        let essence = |text: &str| text.split(';').next().unwrap().to_owned();
        let schema = content
            .iter()
            .find(|(described, _)| essence(described) == essence(media_type))
            .map(|(_, content)| &content["schema"])
            .ok_or_else(|| format!("`{media_type}` is not described"))?;
        if method == "HEAD" {
            return Ok(());
        }
        let body = if essence(media_type).ends_with("json") {
            serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?
        } else {
            json!(answer.text())
        };
        // Clients log out on this error, so only a rejected refresh token or code may cause it.
        if body["error"] == "invalid_grant"
            && body.get("type").is_some()
            && body["code"] != "invalid_grant"
        {
            return Err(format!("{} carries `invalid_grant`", body["code"]));
        }
        let validator = self.compiled(schema);
        let errors: Vec<_> = validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        errors
            .is_empty()
            .then_some(())
            .ok_or_else(|| errors.join("\n"))
    }

    fn compiled(&self, schema: &Value) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap();
        let validator = compiled.entry(schema.to_string()).or_insert_with(|| {
            let schema = json!({
                "$schema": self.document["jsonSchemaDialect"],
                "components": self.document["components"],
                "allOf": [schema],
            });
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(options.build(&schema).unwrap())
        });
        validator.clone()
    }
}
