//! Builds the `OpenAPI` 3.1 document from the description of each route and from the types that it reads
//! and writes.
//!
//! The document is built by this module and not by utoipa 6. A trial on three routes showed that utoipa
//! keeps `additionalProperties: false` and shared responses, but not what the tests of this contract need:
//! the codes of each status come from `enum Code`, values of enumerations and constants come from code (its
//! attributes take literals only), alternatives must be `anyOf` (an answer can match two of them), and one
//! operation may take both JSON and a form, from two handlers.

mod answers;
mod operation;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

pub(crate) use self::operation::Operation;
use self::operation::OperationDescription;
use crate::config::Config;

/// The path of schemas in the document.
const SCHEMAS: &str = "/components/schemas";

/// Collects the operations of the document.
pub(crate) struct OpenApiBuilder {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
    paths: BTreeMap<String, BTreeMap<&'static str, OperationDescription>>,
}

impl OpenApiBuilder {
    pub(crate) fn new() -> Self {
        let generator = |settings: SchemaSettings| {
            let build = settings.with(|settings| {
                settings.definitions_path = SCHEMAS.into();
                settings.meta_schema = None;
            });
            build.into_generator()
        };
        Self {
            requests: generator(SchemaSettings::draft2020_12().for_deserialize()),
            answers: generator(SchemaSettings::draft2020_12().for_serialize()),
            paths: BTreeMap::new(),
        }
    }

    /// Begins the description of an operation.
    pub(crate) fn operation(
        &mut self,
        method: &'static str,
        path: &str,
        summary: &'static str,
    ) -> Operation<'_> {
        let operation = self.described(method, path);
        operation.described.summary = summary;
        operation
    }

    /// Describes the page that a mailed link opens.
    pub(crate) fn link_page(&mut self, path: &str) -> Operation<'_> {
        let summary = "Show the page that the link opens. Changes nothing.";
        self.get(path, summary).tag("page").answers_page(&[200])
    }

    /// Adds the form of a page to the POST operation of a path, which must have been described.
    pub(crate) fn form<T: JsonSchema>(&mut self, path: &str, statuses: &[u16]) -> Operation<'_> {
        self.described("post", path).or_form::<T>(statuses)
    }

    fn described(&mut self, method: &'static str, path: &str) -> Operation<'_> {
        let methods = self.paths.entry(path.to_owned()).or_default();
        Operation {
            described: methods.entry(method).or_default(),
            requests: &mut self.requests,
            answers: &mut self.answers,
        }
    }

    pub(crate) fn get(&mut self, path: &str, summary: &'static str) -> Operation<'_> {
        self.operation("get", path, summary)
    }

    pub(crate) fn post(&mut self, path: &str, summary: &'static str) -> Operation<'_> {
        self.operation("post", path, summary)
    }

    pub(crate) fn put(&mut self, path: &str, summary: &'static str) -> Operation<'_> {
        self.operation("put", path, summary)
    }

    pub(crate) fn delete(&mut self, path: &str, summary: &'static str) -> Operation<'_> {
        self.operation("delete", path, summary)
    }

    /// Returns every schema that is referred to. Objects have no other members than the described ones.
    pub(crate) fn schemas(&mut self) -> Map<String, Value> {
        // Registered here, because the shared responses refer to them.
        self.answers.subschema_for::<super::problem::ProblemBody>();
        self.answers
            .subschema_for::<super::oauth_error::OauthErrorBody>();
        let mut schemas = self.requests.take_definitions(true);
        let mut answers = self.answers.take_definitions(true);
        answers.values_mut().for_each(remove_null);
        schemas.extend(answers);
        schemas.values_mut().for_each(forbid_other_properties);
        schemas
    }

    /// Returns the document. `token_kinds` becomes its member `x-token-kinds`.
    pub(crate) fn into_document(
        self,
        config: &Config,
        schemas: Map<String, Value>,
        token_kinds: Value,
    ) -> Value {
        let origin = json!([{ "url": config.issuer.origin() }]);
        let mut paths = Map::new();
        for (path, methods) in self.paths {
            let mut item = Map::new();
            // Probes and operators request these at the root of the server, without the path of the issuer.
            if methods.values().any(|described| described.is_at_root) {
                item.insert("servers".to_owned(), origin.clone());
            }
            for (method, described) in methods {
                item.insert(method.to_owned(), described.into_json(method, &path));
            }
            paths.insert(path, Value::Object(item));
        }
        // `json!` copies its values, so the large ones are moved in.
        let mut document = Map::new();
        let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
        set("openapi", "3.1.0".into());
        set(
            "jsonSchemaDialect",
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        set(
            "info",
            json!({
                "title": "Signet",
                "version": env!("CARGO_PKG_VERSION"),
                "description": env!("CARGO_PKG_DESCRIPTION"),
            }),
        );
        set("servers", json!([{ "url": config.issuer.as_str() }]));
        set("tags", tags());
        set("paths", paths.into());
        set("components", components(config, schemas).into());
        set("x-token-kinds", token_kinds);
        document.into()
    }
}

/// Removes `null` from the types of optional properties: responses omit them instead.
fn remove_null(schema: &mut Value) {
    let required = schema.get("required").cloned().unwrap_or_default();
    let is_required = |name: &String| {
        let names = required.as_array().map(Vec::as_slice).unwrap_or_default();
        names.iter().any(|required| required == name)
    };
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if let Some(Value::Array(types)) = property.get_mut("type")
            && !is_required(name)
        {
            types.retain(|kind| kind != "null");
        }
    }
}

/// Forbids further properties in every object that describes its properties.
fn forbid_other_properties(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(forbid_other_properties);
            if members.get("properties").is_some_and(Value::is_object) {
                let rule = members.entry("additionalProperties");
                rule.or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forbid_other_properties),
        _ => {}
    }
}

/// Converts a hand-written schema, for types that cannot derive one.
pub(crate) fn schema_from_json(schema: Value) -> Schema {
    Schema::try_from(schema).unwrap_or_default()
}

fn tags() -> Value {
    json!([
        { "name": "session", "description": "Sign up, log in, refresh and log out." },
        { "name": "person", "description": "The user's own profile." },
        { "name": "admin", "description": "User administration; served if `admin.enabled` is set." },
        { "name": "documents", "description": "Documents for clients and for services that verify \
                                                   tokens." },
        { "name": "operator", "description": "Probes and metrics." },
    ])
}

fn components(config: &Config, schemas: Map<String, Value>) -> Map<String, Value> {
    let security_schemes = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token (RFC 6750 §2.1).",
        },
        "dpop": {
            "type": "http",
            "scheme": "DPoP",
            "description": "A bound access token, with a proof in the header `DPoP` (RFC 9449 §7.1).",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": super::cookie::CookieNames::of(&config.issuer).access,
            "description": "The access cookie of a client with cookie transport. After it expires, \
                                    the refresh cookie is used.",
        },
    });
    let components = [
        ("schemas", schemas.into()),
        ("responses", answers::shared()),
        ("headers", answers::headers()),
        ("securitySchemes", security_schemes),
    ];
    components
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}
