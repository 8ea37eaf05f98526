//! The texts of the corpus. The classes follow the well-known JSON test suites; RFC 8259 defines
//! validity.

use serde_json::Value;

use super::shown;

/// Not JSON in any context.
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
    // A lone surrogate is not a character.
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

/// JSON that a parser may reject, or that parsers read differently.
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

/// Every case, and whether it is certainly JSON or certainly not JSON. `None` is debatable.
pub fn cases() -> Vec<(Vec<u8>, Option<bool>)> {
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

#[test]
fn corpus_texts_match_their_classes() {
    let is_json = |text: &&[u8]| serde_json::from_slice::<Value>(text).is_ok();
    let wrong = NOT_JSON.iter().filter(|text| is_json(text));
    let wrong = wrong.chain(JSON_TEXTS.iter().filter(|text| !is_json(text)));
    let wrong: Vec<_> = wrong.map(|text| shown(text)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}
