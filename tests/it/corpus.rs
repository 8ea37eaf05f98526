//! JSON of every kind that a parser may stumble over, at every route: as the body, and as the value
//! of each field. What is no JSON is refused, what is JSON does no harm, and neither is stored.
//!
//! The classes are those of the well-known JSON test suites; RFC 8259 says which text is which.

use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::{
    Actor, House,
    answer::Answer,
    routes::{self, Needs, Route, Takes},
};

const JSON: &str = "application/json";

/// Not JSON, whatever it is a part of.
#[rustfmt::skip]
const NOT_JSON: &[&[u8]] = &[
    // Literals.
    b"nul", b"nulll", b"tru", b"truth", b"fals", b"True", b"TRUE", b"None", b"undefined",
    b"void", b"NaN", b"nan", b"-NaN", b"Infinity", b"-Infinity", b"+Inf", b"Inf",
    b"not a literal",
    // Numbers (RFC 8259 section 6).
    b"+1", b"++1", b"--1", b"-", b"+", b"- 1", b"-a", b"01", b"-01", b"012", b"00", b"-012",
    b"1.", b"-1.", b".1", b"-.1", b".", b"1.e1", b"1e", b"1e+", b"1E-", b"1e1.5", b"0e", b"0e+",
    b"0.e1", b"0.3e", b"0.3e+", b"1eE2", b"1ee2", b"1.2.3", b"1 000", b"1_000", b"1,000.0",
    b"0x1", b"0x", b"0xFF", b"0b1", b"0o7", b"1f", b"1a", b"1L", b"2.e3", b"2.e-3", b"9.e+",
    b"1/2", b"1+2", b"--", b"-foo", b"1e1e1", "\u{ff11}".as_bytes(), "1\u{ff0e}5".as_bytes(),
    b"1\0", b"1\xe5", b"1e1\xe5",
    // Texts (section 7).
    b"\"", b"\"a", b"\"\\", b"\"\\\"", b"'a'", b"'a\"", b"\"a'", b"`a`", b"\"\\x41\"",
    b"\"\\a\"", b"\"\\'\"", b"\"\\0\"", b"\"\\U0041\"", b"\"\\u\"", b"\"\\u0\"", b"\"\\u00\"",
    b"\"\\u004\"", b"\"\\u00G0\"", b"\"\\u-041\"", b"\"\\u+041\"", b"\"\\u 041\"",
    b"\"\\u{41}\"", b"\"\\\t\"", b"\"\\\n\"", b"\"\\ \"", "\"\\\u{1f600}\"".as_bytes(),
    b"\"\\v\"", b"\"\\e\"", b"a", b"\\u0041", b"\"a\" \"b\"", b"\"a\"b", b"\"a\"\"",
    "\u{201c}a\u{201d}".as_bytes(),
    // Half of a pair of surrogates is no character.
    b"\"\\ud800\"", b"\"\\udc00\"", b"\"\\ud800\\ud800\"", b"\"\\ud800\\u0041\"",
    b"\"\\ud800x\"", b"\"\\udc00\\ud800\"", b"\"\\ud83d\\u\"", b"\"\\ud83d\\ude0\"",
    b"\"\\ud83d", b"\"\\ud800\\n\"", b"\"\\uDBFF\\uDBFF\"", b"\"\\uDFFF\"",
    // Control characters in a text.
    b"\"\0\"", b"\"\x01\"", b"\"\t\"", b"\"\n\"", b"\"\r\"", b"\"\x1f\"", b"\"\x1b[31m\"",
    b"\"\x08\"",
    // Not UTF-8 (section 8.1).
    b"\"\xff\"", b"\"\xfe\"", b"\"\x80\"", b"\"\xbf\"", b"\"\xc0\xaf\"", b"\"\xc1\x81\"",
    b"\"\xc3\"", b"\"\xe2\x82\"", b"\"\xe0\x80\xaf\"", b"\"\xf0\x80\x80\xaf\"",
    b"\"\xfc\x80\x80\x80\x80\xaf\"", b"\"\xed\xa0\x80\"", b"\"\xed\xa0\xbd\xed\xb8\x80\"",
    b"\"\xf4\x90\x80\x80\"", b"\"\xf5\x80\x80\x80\"", b"\"\xe5\"", b"\"\xf0\x9f\x98\"", b"\xff",
    b"\"a\xff", b"{\"a\xff\": 1}", b"[\xff]",
    // Arrays (section 5).
    b"[", b"]", b"[1", b"[1,", b"[1,]", b"[,1]", b"[,]", b"[1,,2]", b"[1 2]", b"[1;2]",
    b"[1:2]", b"[1}", b"[\"a\"", b"[\"\": 1]", b"[]]", b"[][]", b"[1]x", b"[\"a\",\n4\n,1,",
    b"[...]", b"(1)", b"[<null>]", b"[x", b"[1,\n1\n,1", b"[\x0b]", b"[\x0c]", b"[\xc2\xa0]",
    b"[\xe2\x81\xa0]", b"[*]", b"[[[[\"a\"", b"[{}", b"[nul]", b"[1]]",
    // Objects (section 4).
    b"{", b"}", b"{]", b"{\"a\"", b"{\"a\":", b"{\"a\":1", b"{\"a\":1,", b"{\"a\":1,}",
    b"{,\"a\":1}", b"{\"a\" 1}", b"{\"a\"::1}", b"{\"a\",1}", b"{\"a\"=1}", b"{\"a\"=>1}",
    b"{a:1}", b"{'a':1}", b"{1:1}", b"{null:1}", b"{[1]:1}", b"{:1}", b"{\"a\":1 \"b\":2}",
    b"{\"a\":1,,\"b\":2}", b"{\"a\":1;\"b\":2}", b"{\"a\":}", b"{\"a\":1}}", b"{\"a\":1}{}",
    b"{\"a\":1}x", b"{\"a\":1},", b"{}}", b"{{}}", b"{\"a\":1]", b"{\"a\"b\":1}", b"{\"a",
    b"{\"\\ud800\":1}", b"{...}", b"{\"a\":1}\0", b"{\"a\": true} \"x\"",
    // Around it (section 2).
    b"", b" ", b"\t\r\n", b"\0", b"\x0b1", b"\x0c1", b"\xc2\xa01", b"\xe2\x80\xa8",
    b"\xe2\x81\xa0", b"\xef\xbb\xbf", b"\xef\xbb\xbf{}", b"\xef\xbb{}", b"\xe2\x80\x8b{}",
    b"//\n1", b"1//", b"1 // one", b"/**/1", b"1/**/", b"1/*", b"#1", b"1#", b"<!-- -->1",
    b"--1", b"{\"a\":/**/1}", b"{\"a\":1}//", b"{\"a\":1}/**/", b"{\"a\":1}#", b"{//\n}", b",",
    b":", b";", b"*", b"@", b"<", b"<.>", b"\\", b"%", b"null,null", b"1 1", b"1,", b"&lt;",
    b"<a>1</a>", b"---\n- 1", b"a=1", b"key: value", b"\x7f", b"\xac\xed\x00\x05",
    b"\x1f\x8b\x08\x00",
    // UTF-16 and UTF-32.
    b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}", b"{\0}\0", b"\0{\0}", b"{\0\0\0}\0\0\0",
    b"\xff\xfe\"\0\xe9\0\"\0",
];

/// JSON that a parser may refuse all the same, or that is not the same to all of them.
#[rustfmt::skip]
const DEBATABLE: &[&[u8]] = &[
    b"1e400", b"-1e400", b"1e99999999999999999999", b"0.4e0066999999999999999999", b"1e-400",
    b"123456789012345678901234567890", b"-123123123123123123123123123123",
    b"18446744073709551616", b"-9223372036854775809", b"9007199254740993", b"-0", b"-0.0",
    b"0.1e-7", b"1E+2",
    b"0.000000000000000000000000000000000000000000000000000000000000000000000001",
    b"{\"a\":1,\"a\":2}", b"{\"a\":1,\"\\u0061\":2}", b"{\"__proto__\":{\"role\":\"admin\"}}",
    b"{\"constructor\":{\"prototype\":{}}}", b"{\"toString\":1}", b"{\"\":0}",
    b"{\"a\\u0000b\":0}", b"\"\\u0000\"", b"\"a\\u0000b\"", b"\"\\uFFFE\"", b"\"\\uFFFF\"",
    b"\"\\uFEFF\"", b"\"\\u202E\"", b"\"\\uD83F\\uDFFE\"", b"\"\\uDBFF\\uDFFF\"",
    "\"\u{ffff}\"".as_bytes(), "\"\u{10ffff}\"".as_bytes(), "\"\u{feff}\"".as_bytes(),
    "\"\u{202e}\"".as_bytes(), "\"\u{2028}\u{2029}\"".as_bytes(), b"\"\x7f\"",
];

/// JSON.
#[rustfmt::skip]
const JSON_TEXTS: &[&[u8]] = &[
    b"null", b"true", b"false", b"0", b"-1", b"1", b"1.5", b"1e2", b"1E-2", b"1.5e+2", b"20e1",
    b"0e+1", b" 1 ", b"\"\"", b"\" \"", b"\"a\"", b"\"\\u0061\"",
    b"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", b"\"\\\\u0000\"", b"\"\\ud83d\\ude00\"",
    b"\"\\uD834\\uDd1e\"", "\"\u{e9}\"".as_bytes(), "\"\u{20ac}\u{1d11e}\"".as_bytes(),
    b"\"a/*b*/c\"", b"\"//\"", b"\"{\"", b"\"\\u000a\"", b"\"\\u001b[31m\"", b"\"' OR 1=1--\"",
    b"\"../../etc/passwd\"", b"\"<script>\"", b"\"%00\"", b"\"${jndi:ldap://x}\"",
    b"\"a\\r\\nBcc: b@c.d\"", b"[]", b"[ ]", b"[[]]", b"[null]", b"[1,\"a\",{}]", b"[\"\"]",
    b"[1,null,null,2]", b"\t[\n1\r] ", b"{}", b"{ }", b"{\"a\":1}", b"{\"a\":{\"b\":[]}}",
    b"{\"a\":null}", b"{\"a\":[1,2]}", b"{\"email\":\"eve@example.com\"}", b"{\"$ne\":null}",
    b"{\"$gt\":\"\"}", b"{\"length\":1}",
];

/// Texts too long to be written down, with whether they are JSON.
fn long() -> Vec<(Vec<u8>, bool)> {
    let deep = |open: &str, depth: usize| open.repeat(depth).into_bytes();
    let closed = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes();
    let digits = |count: usize| vec![b'9'; count];
    let text = |count: usize| format!("\"{}\"", "x".repeat(count)).into_bytes();
    vec![
        (deep("[", 100), false),
        (deep("[", 10_000), false),
        (deep("[", 100_000), false),
        (deep("{\"a\":", 2_000), false),
        (deep("{\"a\":", 100_000), false),
        (deep("[{\"\":", 2_000), false),
        (deep("[{\"\":", 50_000), false),
        (closed(100), true),
        (closed(128), true),
        (closed(5_000), true),
        (closed(100_000), true),
        (digits(400), true),
        (digits(15_000), true),
        (digits(100_000), true),
        (["1e".into(), digits(10_000)].concat(), true),
        (["0.".into(), digits(10_000)].concat(), true),
        (text(10_000), true),
        (text(1_000_000), true),
        (b" ".repeat(15_000), false),
        (b"\"\\u0061".repeat(1_000), false),
        (b"{\"a\":1,".repeat(1_000), false),
        (b"\"a\",".repeat(3_000), false),
    ]
}

/// Every case, with whether it is JSON beyond doubt, or not beyond doubt. `None` is debatable.
fn cases() -> Vec<(Vec<u8>, Option<bool>)> {
    let of = |texts: &[&[u8]], is| {
        texts
            .iter()
            .map(|text| (text.to_vec(), is))
            .collect::<Vec<_>>()
    };
    let long = long()
        .into_iter()
        .map(|(text, is)| (text, Some(is)))
        .collect();
    [
        of(NOT_JSON, Some(false)),
        of(DEBATABLE, None),
        of(JSON_TEXTS, Some(true)),
        long,
    ]
    .concat()
}

/// Everything that is stored, as text.
async fn stored(house: &House) -> Vec<String> {
    let mut database = SqliteConnection::connect(&house.database.url)
        .await
        .unwrap();
    let mut all = vec![];
    for (count, rows) in [
        (
            "SELECT count(*) FROM users",
            "SELECT hex(id) || email || updated_at || session_epoch FROM users",
        ),
        (
            "SELECT count(*) FROM accounts",
            "SELECT hex(id) || provider || updated_at FROM accounts",
        ),
        (
            "SELECT count(*) FROM credentials",
            "SELECT hex(id) || updated_at FROM credentials",
        ),
    ] {
        let count: i64 = sqlx::query_scalar(count)
            .fetch_one(&mut database)
            .await
            .unwrap();
        let rows = sqlx::query(rows).fetch_all(&mut database).await.unwrap();
        assert_eq!(i64::try_from(rows.len()), Ok(count));
        all.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    assert!(all.len() > 3, "somebody is there");
    all
}

/// What is wrong with the answer to a text that is, or is not, JSON.
fn fault(answer: &Answer, is_json: Option<bool>) -> Option<String> {
    let status = answer.status;
    let is_refusal = (400..500).contains(&status);
    if status >= 500 || (is_json == Some(false) && !is_refusal) {
        return Some(format!("{status} {}", answer.text()));
    }
    let body = is_refusal.then(|| serde_json::from_slice::<Value>(&answer.body).ok());
    match body {
        Some(None) => Some(format!("{status} without a body that says why")),
        Some(Some(body)) if body["code"].is_null() && body["error"].is_null() => {
            Some(format!("{status} without a code: {body}"))
        }
        _ => None,
    }
}

/// A text that can be read in a failure message.
fn shown(text: &[u8]) -> String {
    let start = &text[..text.len().min(80)];
    format!("{} ({} bytes)", start.escape_ascii(), text.len())
}

/// Those whose bodies are read: somebody without a session, somebody whose session has ended,
/// which only the row knows, and an admin.
struct Askers<'a> {
    anon: Actor<'a>,
    ended: Actor<'a>,
    admin: Actor<'a>,
}

impl<'a> Askers<'a> {
    async fn of(house: &'a House) -> Self {
        let root = house.signed_up("root@example.com").await;
        root.becomes("admin").await;
        let ended = house.signed_up("ada@example.com").await;
        ended
            .post("/logout/everywhere", json!({}))
            .await
            .assert_status(204);
        Self {
            anon: house.anon(),
            ended,
            admin: house.anon().logged_in("root@example.com").await,
        }
    }

    fn of_route(&self, route: &Route) -> &Actor<'a> {
        match route.needs() {
            Needs::Nobody => &self.anon,
            Needs::Session => &self.ended,
            Needs::Admin => &self.admin,
        }
    }

    async fn send(
        &self,
        route: &Route,
        media_type: &str,
        body: impl Into<axum::body::Body>,
    ) -> Answer {
        let actor = self.of_route(route);
        let authorization = actor.access.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", media_type)];
        headers.extend(
            authorization
                .iter()
                .map(|it| ("authorization", it.as_str())),
        );
        actor.send(route.method, &route.url(), &headers, body).await
    }
}

#[tokio::test]
async fn no_json_and_no_other_text_does_harm_at_any_route() {
    let house = House::with(routes::ALL_SERVED).await;
    let askers = Askers::of(&house).await;
    let before = stored(&house).await;
    let cases = cases();
    assert!(cases.len() > 300, "{}", cases.len());

    for (route, good) in routes::json_bodies() {
        let answer = askers.send(&route, JSON, good.to_string()).await;
        // Fields are judged, and not the form.
        assert!(![415, 422].contains(&answer.status), "{}", answer.text());
    }
    let mut faults = vec![];
    for route in routes::all().iter().filter(|route| !route.is_safe()) {
        for (text, is_json) in &cases {
            let answer = askers.send(route, JSON, text.clone()).await;
            // Who does not read a body does not judge it.
            let is_json = if matches!(route.takes, Takes::Nothing) {
                None
            } else {
                *is_json
            };
            if let Some(fault) = fault(&answer, is_json) {
                faults.push(format!("{} <- {}: {fault}", route.path, shown(text)));
            }
        }
    }
    for (route, good) in routes::json_bodies() {
        for name in good.as_object().unwrap().keys() {
            let mut marked = good.clone();
            marked[name] = json!("HERE");
            let marked = marked.to_string();
            let (start, end) = marked.split_once("\"HERE\"").unwrap();
            for (text, is_json) in &cases {
                let body = [start.as_bytes(), text, end.as_bytes()].concat();
                let answer = askers.send(&route, JSON, body).await;
                if let Some(fault) = fault(&answer, *is_json) {
                    let path = route.path;
                    faults.push(format!("{path} {name} <- {}: {fault}", shown(text)));
                }
            }
        }
    }
    for route in routes::all() {
        let Takes::Form(fields) = route.takes else {
            continue;
        };
        let form = "application/x-www-form-urlencoded";
        for (text, _) in &cases {
            let answer = askers.send(&route, form, text.clone()).await;
            faults.extend(
                fault(&answer, Some(false)).map(|fault| format!("{}: {fault}", shown(text))),
            );
            for (name, _) in fields {
                let others = fields.iter().filter(|(other, _)| other != name);
                let others: Vec<_> = others
                    .map(|(name, value)| format!("&{name}={value}"))
                    .collect();
                let others = others.concat();
                let body = [name.as_bytes(), b"=", text, others.as_bytes()].concat();
                let answer = askers.send(&route, form, body).await;
                let fault = fault(&answer, Some(false));
                faults.extend(fault.map(|fault| format!("{name} <- {}: {fault}", shown(text))));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(stored(&house).await, before);
}

#[tokio::test]
async fn a_good_body_with_anything_around_it_is_malformed() {
    let house = House::with(routes::ALL_SERVED).await;
    let askers = Askers::of(&house).await;
    let performed = house.app.hasher.performed();
    let mailed = house.outbox.lock().unwrap().len();
    for (route, good) in routes::json_bodies() {
        let good = good.to_string().into_bytes();
        for text in [
            "x", "{}", "1", "null", ",", "}", "]", "\0", "#", "//", "/**/", "\u{feff}", "\u{a0}",
        ] {
            let text = text.as_bytes();
            for body in [[text, &good].concat(), [&good, text].concat()] {
                let answer = askers.send(&route, JSON, body).await;
                // Some of it may be another object, which lacks a field.
                let status = if text == b"{}" { answer.status } else { 400 };
                assert!([400, 422].contains(&status), "{}", answer.text());
                answer.assert_status(status);
            }
        }
    }
    assert_eq!(house.app.hasher.performed(), performed);
    assert_eq!(house.outbox.lock().unwrap().len(), mailed);
}

#[test]
fn the_cases_are_what_they_are_said_to_be() {
    let is_json = |text: &&[u8]| serde_json::from_slice::<Value>(text).is_ok();
    let wrong = NOT_JSON.iter().filter(|text| is_json(text));
    let wrong = wrong.chain(JSON_TEXTS.iter().filter(|text| !is_json(text)));
    let wrong: Vec<_> = wrong.map(|text| shown(text)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_password_that_is_none_is_not_hashed() {
    let house = House::with(routes::ALL_SERVED).await;
    let askers = Askers::of(&house).await;
    let performed = house.app.hasher.performed();
    for (route, good) in routes::json_bodies() {
        for name in good
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| name.contains("password"))
        {
            let long = "x".repeat(1025);
            for wrong in [
                json!(null),
                json!([]),
                json!(["x"]),
                json!({}),
                json!({"x": 1}),
                json!(1),
                json!(true),
                json!(""),
                json!(long),
            ] {
                let mut body = good.clone();
                // Where one may be left out, null leaves it out.
                let may_be_none = name == "current_password" || route.method == "DELETE";
                if wrong.is_null() && may_be_none {
                    continue;
                }
                body[name] = wrong;
                let answer = askers.send(&route, JSON, body.to_string()).await;
                answer.assert_field(422, "invalid_field", name);
            }
            let mut body = good.clone();
            body[name] = json!("x".repeat(10 * 1024 * 1024));
            let answer = askers.send(&route, JSON, body.to_string()).await;
            answer.assert_problem(413, "body_too_large");
        }
    }
    assert_eq!(house.app.hasher.performed(), performed);
}
