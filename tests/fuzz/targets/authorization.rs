//! Sends lines of `Authorization` headers. Only a request with the token is accepted.

#![no_main]

use fuzzed::Service;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let service = Service::get();
    let lines = service.fill_placeholders(input);
    let lines: Vec<_> = lines
        .split(|b| *b == b'\n')
        .map(|line| ("authorization", line))
        .collect();
    for path in ["/session", "/me"] {
        let answer = service.send("GET", path, &lines, b"");
        let code = answer.body["code"].as_str().unwrap_or_default();
        match answer.status {
            0 => {}
            200 => {
                let access = [&service.bearer[0], &service.cookies[0]];
                assert_eq!(lines.len(), 1);
                assert!(access.iter().any(|it| lines[0].1.ends_with(it.as_bytes())));
            }
            400 => assert_eq!(code, "invalid_request"),
            401 => assert!(["invalid_token", "missing_token"].contains(&code), "{code}"),
            other => panic!("{other}"),
        }
    }
});
