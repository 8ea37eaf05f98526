//! The token endpoint and the userinfo endpoint of the stub.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    super::stub::{
        StubHandler, StubRequest, answer, endless, html, json as json_answer, pairs, redirect,
    },
    CLIENT_ID, Defect as D, Document, Grant, Provider, State,
    documents::{DISCOVERY, MOVED, OTHER_KEYS},
    encode,
    id_token::IdToken,
    s256,
};

impl StubHandler for Provider {
    fn answer(&self, asked: &StubRequest) -> Response {
        let (is_moved, path) = match asked.path.strip_prefix(MOVED) {
            Some(path) => (true, path),
            None => (false, asked.path.as_str()),
        };
        let paths = self.dialect.paths();
        match (asked.method.as_str(), path) {
            ("GET", DISCOVERY) => self.discovery(is_moved),
            ("GET", OTHER_KEYS) => self.other_keys(),
            ("GET", it) if it == paths.keys => self.key_set(is_moved),
            ("GET", it) if it == paths.authorize => self.authorize_over_http(asked),
            ("POST", it) if it == paths.token => self.token(asked, is_moved),
            ("GET" | "POST", it) if Some(it) == paths.userinfo => self.userinfo(asked),
            _ => json_answer(404, &json!({"error": "not_found"})),
        }
    }
}

/// Returns a random text that begins with its purpose.
impl State {
    pub fn draw(&mut self, what: &str) -> String {
        let mut bytes = [0; 24];
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        let drawn = format!("upstream-{what}-{}", encode(bytes));
        self.issued.push(drawn.clone());
        drawn
    }
}

impl Provider {
    fn token(&self, asked: &StubRequest, is_moved: bool) -> Response {
        let defect = self.state().defect;
        match defect {
            Some(D::TokenInvalidGrant) => return refused(400, "invalid_grant", "as told"),
            Some(D::Token500) => return html(500),
            Some(D::TokenHtml) => return html(200),
            Some(D::TokenSlow) => return endless(),
            Some(D::TokenMoved) if !is_moved => {
                return redirect(&format!("{}{MOVED}{}", self.issuer, asked.path));
            }
            _ => {}
        }
        let basic = asked.header("authorization").strip_prefix("Basic ");
        let shown = ["client_secret", "code_verifier"].map(|name| asked.field(name));
        let shown = shown.into_iter().chain([basic]).flatten();
        let shown = shown.map(str::to_owned);
        self.state().presented.extend(shown);
        if let Err(why) = self.authenticate(asked) {
            return refused(401, "invalid_client", &why);
        }
        if asked.field("grant_type") != Some("authorization_code") {
            return refused(400, "unsupported_grant_type", "another grant");
        }
        match self.redeem(asked) {
            Ok(grant) => self.hand_out(grant, defect),
            Err(why) => refused(400, "invalid_grant", why),
        }
    }

    /// Accepts exactly one of the announced authentication methods (RFC 6749 §2.3).
    fn authenticate(&self, asked: &StubRequest) -> Result<(), String> {
        let state = self.state();
        let basic = asked.header("authorization").strip_prefix("Basic ");
        let (method, client_id, secret) = match (basic, asked.field("client_secret")) {
            (Some(_), Some(_)) => return Err("two ways at once".to_owned()),
            (None, None) => return Err("no secret".to_owned()),
            (None, Some(secret)) => {
                let client_id = asked.field("client_id").unwrap_or_default();
                (
                    "client_secret_post",
                    client_id.to_owned(),
                    secret.to_owned(),
                )
            }
            (Some(basic), None) => {
                let text = STANDARD.decode(basic).map_err(|it| it.to_string())?;
                let text = String::from_utf8(text).map_err(|it| it.to_string())?;
                let (id, secret) = text.split_once(':').ok_or("no colon")?;
                ("client_secret_basic", decoded(id), decoded(secret))
            }
        };
        if !state.auth_methods.contains(&method) {
            return Err(format!("not by {method}"));
        }
        if client_id != CLIENT_ID {
            return Err(format!("who is {client_id}?"));
        }
        self.dialect.knows(&secret, &self.issuer, &state.clock)
    }

    /// Redeems a code, once (RFC 6749 §4.1.3, RFC 7636 §4.6).
    fn redeem(&self, asked: &StubRequest) -> Result<Grant, &'static str> {
        self.state().last_redeemed.clone_from(&asked.form);
        let code = asked.field("code").ok_or("no code")?;
        let grant = self.state().codes.remove(code).ok_or("unknown code")?;
        if asked.field("redirect_uri") != Some(&grant.redirect_uri) {
            return Err("another redirect URI");
        }
        let challenge = asked.field("code_verifier").map(s256);
        if grant.code_challenge != challenge {
            return Err("another verifier");
        }
        Ok(grant)
    }

    fn hand_out(&self, grant: Grant, defect: Option<D>) -> Response {
        let access_token = self.state().draw("access");
        let refresh_token = self.state().draw("refresh");
        let id_token = self.id_token(&grant, CLIENT_ID, Some(&access_token));
        let mut state = self.state();
        let mut body = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": refresh_token,
            "id_token": id_token,
            "scope": grant.scopes.join(" "),
        });
        let members = body.as_object_mut().unwrap();
        match defect {
            Some(D::TokenWithoutType) => drop(members.remove("token_type")),
            Some(D::TokenOfAnotherType) => members["token_type"] = json!("mac"),
            _ => {}
        }
        members.retain(|_, value| !value.is_null());
        state.replace_member(Document::TokenAnswer, &mut body);
        state.granted.insert(access_token, grant);
        state.issued.extend(id_token);
        json_answer(200, &body)
    }

    fn id_token(&self, grant: &Grant, aud: &str, access_token: Option<&str>) -> Option<String> {
        let state = self.state();
        let now = state.clock.now();
        let mut claims = if state.only_in_userinfo {
            serde_json::Map::new()
        } else {
            self.dialect.claims(&grant.person, &grant.scopes)
        };
        for (name, value) in [
            ("iss", json!(self.issuer)),
            ("sub", json!(grant.person.sub)),
            ("aud", json!(aud)),
            ("iat", json!(now.timestamp())),
            ("exp", json!((now + TimeDelta::minutes(10)).timestamp())),
            ("nonce", json!(grant.nonce)),
        ] {
            if !value.is_null() {
                claims.insert(name.to_owned(), value);
            }
        }
        let mut claims = Value::Object(claims);
        state.replace_member(Document::IdToken, &mut claims);
        let Value::Object(claims) = claims else {
            return None;
        };
        let token = IdToken {
            keys: &state.keys,
            defect: state.defect,
            other_keys: &format!("{}{OTHER_KEYS}", self.issuer),
            access_token,
            claims,
        };
        token.sign()
    }

    /// The ID token that a mobile SDK returns to the app of this client for this nonce.
    pub fn id_token_for(&self, client_id: &str, nonce: &str) -> String {
        let grant = Grant {
            person: self.state().person.clone(),
            nonce: Some(nonce.to_owned()),
            code_challenge: None,
            redirect_uri: String::new(),
            scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        };
        let token = self.id_token(&grant, client_id, None).unwrap_or_default();
        self.state().issued.push(token.clone());
        token
    }

    fn userinfo(&self, asked: &StubRequest) -> Response {
        let state = self.state();
        let Some(grant) = state.granted.get(asked.bearer()) else {
            let mut response = refused(401, "invalid_token", "unknown token");
            let challenge = "Bearer error=\"invalid_token\"".parse().unwrap();
            response.headers_mut().insert("www-authenticate", challenge);
            return response;
        };
        let mut claims = Value::Object(self.dialect.claims(&grant.person, &grant.scopes));
        claims["sub"] = json!(grant.person.sub);
        state.replace_member(Document::UserInfo, &mut claims);
        match state.defect {
            Some(D::UserinfoOfAnother) => claims["sub"] = json!("somebody-else"),
            Some(D::UserinfoOfNobody) => drop(claims.as_object_mut().unwrap().remove("sub")),
            Some(D::Userinfo500) => return html(500),
            Some(D::UserinfoJwt) => {
                let key = state.keys.signing();
                let header = json!({"alg": key.alg(), "kid": key.kid});
                let message = format!(
                    "{}.{}",
                    encode(header.to_string()),
                    encode(claims.to_string())
                );
                let signature = encode(key.sign(message.as_bytes()));
                return answer(200, "application/jwt", format!("{message}.{signature}"));
            }
            _ => {}
        }
        json_answer(200, &claims)
    }
}

fn refused(status: u16, error: &str, why: &str) -> Response {
    let body = json!({"error": error, "error_description": why});
    json_answer(status, &body)
}

/// Decodes a form-encoded value (RFC 6749 §2.3.1).
fn decoded(text: &str) -> String {
    let pair = format!("it={text}");
    pairs(pair.as_bytes()).remove(0).1
}
