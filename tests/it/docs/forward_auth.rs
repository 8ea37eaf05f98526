//! The configurations of proxies in `docs/forward-auth.md`. They also run in `interop`.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    docs::{blocks, page},
    support::requirements,
};

const IDENTITY: [&str; 4] = [
    "remote-user",
    "remote-email",
    "remote-name",
    "remote-groups",
];

/// Parses a block of YAML.
fn yaml(python: &str, text: &str) -> Value {
    let program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let mut child = Command::new(python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The values of `exact` in a list of patterns.
fn exact(patterns: &Value) -> Vec<&str> {
    let patterns = patterns["patterns"].as_array().unwrap().iter();
    patterns.map(|it| it["exact"].as_str().unwrap()).collect()
}

#[test]
fn every_proxy_asks_a_policy_and_sets_all_identity_headers() {
    let page = page("forward-auth");
    let languages = [
        ("nginx", 1),
        ("caddyfile", 1),
        ("yaml", 2),
        ("haproxy", 1),
        ("lua", 1),
    ];
    for (language, count) in languages {
        let blocks = blocks(page, language);
        assert_eq!(blocks.len(), count, "{language}");
        for block in blocks {
            assert!(language == "lua" || block.contains("/forward-auth/staff"));
            for header in IDENTITY {
                let is_named = block.to_lowercase().contains(header);
                assert!(language == "haproxy" || is_named, "{header}: {block}");
            }
        }
    }
}

/// The removal of a header, or of all that begin with `Remote`, and the header that replaces it.
#[test]
fn every_proxy_removes_each_identity_header_of_the_client() {
    let page = page("forward-auth");
    let block = |language, index: usize| blocks(page, language)[index].to_lowercase();
    let (caddy, envoy, haproxy) = (block("caddyfile", 0), block("yaml", 1), block("haproxy", 0));
    assert!(caddy.contains("request_header -remote*\n"), "{caddy}");
    assert!(
        envoy.contains("key_matcher: { prefix: remote, ignore_case: true }"),
        "{envoy}"
    );
    assert!(
        haproxy.contains("http-request del-header remote -m beg\n"),
        "{haproxy}"
    );
    let (nginx, traefik, lua) = (block("nginx", 0), block("yaml", 0), block("lua", 0));
    for header in IDENTITY {
        let variable = header.replace("remote-", "$signet_");
        let removal = format!("proxy_set_header {header} {variable};");
        assert!(nginx.contains(&removal), "{removal}: {nginx}");
        // Traefik removes these before it sets them.
        assert!(
            traefik.contains(&format!("          - {header}\n")),
            "{header}: {traefik}"
        );
        for spelling in [header.replace('-', "_"), header.replace('-', ".")] {
            let removal = format!("          {spelling}: \"\"\n");
            assert!(traefik.contains(&removal), "{removal}: {traefik}");
        }
        assert!(lua.contains(&format!("\"{header}\"")), "{header}: {lua}");
    }
    // Not set at all, they would be the defaults: nginx drops names with an underscore or a dot.
    for setting in ["underscores_in_headers on", "ignore_invalid_headers off"] {
        assert!(!nginx.contains(setting), "{nginx}");
    }
}

#[test]
fn traefik_and_envoy_forward_the_identity_and_the_cookies() {
    let Some(python) = requirements::python_with_yaml() else {
        return;
    };
    let blocks = blocks(page("forward-auth"), "yaml");
    let [traefik, envoy] = [blocks[0], blocks[1]].map(|block| yaml(&python, block));
    let forward_auth = &traefik["http"]["middlewares"]["signet"]["forwardAuth"];
    let names = forward_auth["authResponseHeaders"].as_array().unwrap();
    let names = names.iter().map(|it| it.as_str().unwrap().to_lowercase());
    assert_eq!(names.collect::<Vec<_>>(), IDENTITY);
    let cookies = ["__Secure-signet-access", "__Secure-signet-refresh"];
    assert_eq!(
        forward_auth["addAuthCookiesToResponse"],
        serde_json::json!(cookies)
    );
    assert!(forward_auth["trustForwardHeader"].is_null());
    let removed = &traefik["http"]["middlewares"]["no-spoofing"]["headers"]["customRequestHeaders"];
    for name in IDENTITY {
        for separator in ["_", "."] {
            let spelling = name.replace('-', separator);
            let mut removed = removed.as_object().unwrap().iter();
            let value = removed.find(|(name, _)| name.eq_ignore_ascii_case(&spelling));
            assert_eq!(value.unwrap().1, "", "{spelling}");
        }
    }

    let filter = &envoy["http_filters"][1]["typed_config"];
    assert_eq!(filter["failure_mode_allow"], false);
    let service = &filter["http_service"];
    let answer = &service["authorization_response"];
    assert_eq!(exact(&answer["allowed_upstream_headers"]), IDENTITY);
    assert!(exact(&answer["allowed_client_headers_on_success"]).contains(&"set-cookie"));
    assert!(exact(&answer["allowed_client_headers"]).contains(&"location"));
    // Envoy sends the method and appends the path, so a client must describe neither.
    let sent = exact(&filter["allowed_headers"]);
    assert!(sent.contains(&"cookie") && sent.contains(&"accept"));
    let described = [
        "x-forwarded-method",
        "x-forwarded-uri",
        "x-forwarded-host",
        "x-original-url",
    ];
    assert!(
        described.iter().all(|name| !sent.contains(name)),
        "{sent:?}"
    );
}
