//! One operation: its parameters, body and responses.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answers;

/// The description of an operation.
#[derive(Default)]
pub(crate) struct OperationDescription {
    pub(super) summary: &'static str,
    pub(super) is_at_root: bool,
    gives_cookies: bool,
    takes_proof: bool,
    tag: &'static str,
    security: Option<Value>,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
}

/// An operation that is being described.
pub(crate) struct Operation<'a> {
    pub(super) described: &'a mut OperationDescription,
    pub(super) requests: &'a mut SchemaGenerator,
    pub(super) answers: &'a mut SchemaGenerator,
}

// Each of these methods is called for many routes. Inlined there, they would take 100 kB more.
impl Operation<'_> {
    /// Sets the tag.
    pub(crate) fn tag(self, tag: &'static str) -> Self {
        self.described.tag = tag;
        self
    }

    /// Places the operation at the root of the server instead of under the path of the issuer.
    pub(crate) fn at_root(self) -> Self {
        self.described.is_at_root = true;
        self
    }

    /// Requires a session of a public client. With a session cookie, an operation that `changes` something accepts
    /// only allowed origins and JSON.
    pub(crate) fn session(self, changes: bool) -> Self {
        let statuses: &[u16] = if changes { &[403, 415] } else { &[403] };
        self.any_session().fails(statuses)
    }

    /// Requires a session of any client.
    #[inline(never)]
    pub(crate) fn any_session(self) -> Self {
        self.described.security = Some(json!([{ "bearer": [] }, { "dpop": [] }, { "cookie": [] }]));
        // Expired cookies are refreshed.
        self.described.gives_cookies = true;
        self.fails(&[400, 401, 503])
    }

    /// Accepts cookies.
    #[inline(never)]
    pub(crate) fn cookies(self) -> Self {
        self.described.security = Some(json!([{}, { "cookie": [] }]));
        self.gives_cookies().fails(&[400, 415])
    }

    /// Sets tokens in cookies for clients with cookie transport, for their origins only.
    #[inline(never)]
    pub(crate) fn gives_cookies(self) -> Self {
        self.described.gives_cookies = true;
        self.fails(&[403])
    }

    /// Accepts a `DPoP` proof (RFC 9449), and returns the nonce for the next one.
    #[inline(never)]
    pub(crate) fn takes_proof(self) -> Self {
        let parameter = json!({
            "name": "DPoP",
            "in": "header",
            "description": "A proof of the key that the tokens are bound to (RFC 9449).",
            "schema": { "type": "string" },
        });
        self.described.parameters.push(parameter);
        self.described.takes_proof = true;
        self
    }

    /// Requires the session of an admin. The operation exists only if `admin.enabled` is set.
    pub(crate) fn admin(self, changes: bool) -> Self {
        self.tag("admin").session(changes).fails(&[403, 404])
    }

    /// Names a parameter of the path.
    pub(crate) fn path_parameter(self, name: &str, schema: &Value) -> Self {
        let parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
        self.described.parameters.push(parameter);
        self
    }

    /// Accepts a query parameter.
    #[inline(never)]
    pub(crate) fn query(self, name: &str, schema: &Value) -> Self {
        let parameter = json!({ "name": name, "in": "query", "schema": schema });
        self.described.parameters.push(parameter);
        self
    }

    /// Requires a JSON body.
    pub(crate) fn takes<T: JsonSchema>(self) -> Self {
        self.body::<T>("application/json", true)
            .fails(&[400, 408, 413, 415, 422])
    }

    /// Accepts a JSON body.
    pub(crate) fn may_take<T: JsonSchema>(self) -> Self {
        self.body::<T>("application/json", false)
            .fails(&[400, 408, 413, 415, 422])
    }

    /// Requires a form.
    pub(crate) fn takes_form<T: JsonSchema>(self) -> Self {
        self.body::<T>("application/x-www-form-urlencoded", true)
    }

    /// Takes a form, or no body.
    pub(crate) fn may_take_form<T: JsonSchema>(self) -> Self {
        self.body::<T>("application/x-www-form-urlencoded", false)
            .fails(&[400, 408, 413, 415])
    }

    fn body<T: JsonSchema>(self, media_type: &str, required: bool) -> Self {
        let schema = self.requests.subschema_for::<T>();
        self.body_of(media_type, required, &schema)
    }

    #[inline(never)]
    fn body_of(self, media_type: &str, required: bool, schema: &Schema) -> Self {
        let schema = json!({ "schema": schema });
        let none = json!({ "required": required, "content": {} });
        let body = self.described.body.get_or_insert(none);
        if let Some(Value::Object(content)) = body.get_mut("content") {
            content.insert(media_type.to_owned(), schema);
        }
        self
    }

    /// Adds a JSON response.
    pub(crate) fn answers<T: JsonSchema>(self, status: u16, description: &str) -> Self {
        let schema = self.answers.subschema_for::<T>();
        self.answers_json(status, description, &schema)
    }

    #[inline(never)]
    fn answers_json(self, status: u16, description: &str, schema: &Schema) -> Self {
        let content = json!({ "application/json": { "schema": schema } });
        self.answer(
            status,
            json!({ "description": description, "content": content }),
        )
    }

    /// Adds a text response of a media type.
    #[inline(never)]
    pub(crate) fn answers_text(self, media_type: &str, description: &str) -> Self {
        let content = json!({ media_type: { "schema": { "type": "string" } } });
        self.answer(
            200,
            json!({ "description": description, "content": content }),
        )
    }

    /// Adds the responses of an image that may be cached, including 304.
    pub(crate) fn answers_image(self, description: &str) -> Self {
        let schema = json!({ "schema": { "type": "string" } });
        let content = json!({ "image/svg+xml": schema, "image/png": schema });
        let image = json!({ "description": description, "content": content });
        self.answer(200, image).answer(304, answers::unchanged())
    }

    /// Adds a text response that caches may keep, and 304.
    pub(crate) fn answers_kept_text(self, media_type: &str, description: &str) -> Self {
        self.answers_text(media_type, description)
            .answer(304, answers::unchanged())
    }

    /// Adds a redirect.
    #[inline(never)]
    pub(crate) fn redirects(self, description: &str) -> Self {
        let headers = json!({ "Location": { "required": true, "schema": { "type": "string" } } });
        self.answer(
            303,
            json!({ "description": description, "headers": headers }),
        )
    }

    /// Adds an HTML page to every response with a body, for browsers.
    #[inline(never)]
    pub(crate) fn or_page(self) -> Self {
        for answer in self.described.answers.values_mut() {
            let Some(Value::Object(content)) = answer.get_mut("content") else {
                continue;
            };
            content.insert(
                "text/html".to_owned(),
                json!({ "schema": { "type": "string" } }),
            );
        }
        self
    }

    /// Adds an HTML page as the response for each of these statuses.
    #[inline(never)]
    pub(crate) fn answers_page(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let content = json!({ "text/html": { "schema": { "type": "string" } } });
            let answer = json!({ "description": "An HTML page for the user.", "content": content });
            self = self.answer(*status, answer);
        }
        self
    }

    /// Also accepts the form of a hosted page, which is answered by pages.
    pub(super) fn or_form<T: JsonSchema>(mut self, statuses: &[u16]) -> Self {
        self = self.body::<T>("application/x-www-form-urlencoded", true);
        for status in [400, 403, 408, 413, 415, 429, 503].iter().chain(statuses) {
            let existing = self.described.answers.remove(status);
            let is_empty = existing
                .as_ref()
                .is_some_and(|existing| existing.get("content").is_none());
            // JSON requests receive no body here. OpenAPI cannot express a body that only some requests
            // receive, so none is described.
            if let Some(Value::Object(mut answer)) = existing.clone()
                && is_empty
                && *status < 300
            {
                let description = answer.get("description").and_then(Value::as_str);
                let description = format!(
                    "{} A form receives an HTML page.",
                    description.unwrap_or_default()
                );
                answer.insert("description".to_owned(), description.into());
                answer.insert("x-may-be-page".to_owned(), true.into());
                self = self.answer(*status, answer.into());
                continue;
            }
            let mut answer = match existing {
                Some(reference) if reference.get("$ref").is_some() => answers::in_full(*status),
                Some(existing) => existing,
                None => json!({ "description": "An HTML page for the user.", "content": {} }),
            };
            if let Value::Object(answer) = &mut answer {
                let content = answer.entry("content").or_insert_with(|| json!({}));
                if let Value::Object(content) = content {
                    let page = json!({ "schema": { "type": "string" } });
                    content.insert("text/html".to_owned(), page);
                }
            }
            self = self.answer(*status, answer);
        }
        self
    }

    /// Adds a response without a body.
    #[inline(never)]
    pub(crate) fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.answer(status, json!({ "description": description }))
    }

    /// Describes headers of the response with this status, which is described before.
    #[inline(never)]
    pub(crate) fn with_headers(self, status: u16, headers: &[(&str, &str)]) -> Self {
        let Some(answer) = self.described.answers.get_mut(&status) else {
            return self;
        };
        if answer.get("$ref").is_some() {
            *answer = answers::in_full(status);
        }
        if let Value::Object(answer) = answer {
            let described = answer.entry("headers").or_insert_with(|| json!({}));
            if let Value::Object(described) = described {
                let headers = headers.iter().map(|(name, description)| {
                    let header =
                        json!({ "description": description, "schema": { "type": "string" } });
                    ((*name).to_owned(), header)
                });
                described.extend(headers);
            }
        }
        self
    }

    /// Adds the responses of a JSON document that may be cached, including 304.
    pub(crate) fn answers_document<T: JsonSchema>(self, description: &str) -> Self {
        let operation = self.answers::<T>(200, description);
        let operation = operation.answer(304, answers::unchanged());
        for answer in operation.described.answers.values_mut() {
            if let Value::Object(answer) = answer {
                answer.insert("headers".to_owned(), answers::of_document());
            }
        }
        operation
    }

    /// Adds problem responses for these statuses.
    #[inline(never)]
    pub(crate) fn fails(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self = self.answer(*status, answers::problem(*status));
        }
        self
    }

    /// Adds error responses in the form of RFC 6749 §5.2 for these statuses.
    pub(crate) fn fails_as_oauth(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self = self.answer(*status, answers::oauth_error(*status));
        }
        self
    }

    #[inline(never)]
    fn answer(self, status: u16, answer: Value) -> Self {
        self.described.answers.insert(status, answer);
        self
    }
}

impl OperationDescription {
    pub(super) fn into_json(self, method: &str, path: &str) -> Value {
        let words = path.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let mut parameters = self.parameters;
        let uuid = json!({ "type": "string", "format": "uuid" });
        let text = json!({ "type": "string" });
        for (name, schema) in [
            ("id", uuid),
            ("provider", text.clone()),
            ("client_id", text),
        ] {
            if path.contains(&format!("{{{name}}}")) {
                let parameter =
                    json!({ "name": name, "in": "path", "required": true, "schema": schema });
                parameters.push(parameter);
            }
        }
        let mut responses: Map<String, Value> = Map::new();
        for (status, mut answer) in self.answers {
            let optional = [
                ("DPoP-Nonce", self.takes_proof),
                ("Set-Cookie", self.gives_cookies),
            ];
            let given = optional.into_iter().filter(|(_, is_given)| *is_given);
            let headers: Map<_, _> = given
                .map(|(name, _)| (name.to_owned(), answers::header(name)))
                .collect();
            if let (200..=299, false, Value::Object(answer)) =
                (status, headers.is_empty(), &mut answer)
            {
                answer.insert("headers".to_owned(), headers.into());
            }
            responses.insert(status.to_string(), answer);
        }
        responses.insert("500".to_owned(), answers::problem(500));
        let mut operation = Map::new();
        let mut put = |name: &str, value: Value| operation.insert(name.to_owned(), value);
        put(
            "operationId",
            format!("{method}_{}", words.join("_")).into(),
        );
        put("summary", self.summary.into());
        put("tags", json!([self.tag]));
        put("security", self.security.unwrap_or_else(|| json!([])));
        put("responses", responses.into());
        if !parameters.is_empty() {
            put("parameters", parameters.into());
        }
        if let Some(body) = self.body {
            put("requestBody", body);
        }
        operation.into()
    }
}
