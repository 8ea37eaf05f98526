//! Database URLs: accepted ones, and errors for others, which never quote a password.

use proptest::prelude::*;

use super::*;

/// Returns the problems of a URL, one per line, or an empty text if it is accepted.
fn problems_of(url: &str) -> String {
    let environment = [("DATABASE_URL", url)];
    match load("", &environment, FlagSettings::default()) {
        Ok(_) => String::new(),
        Err(ConfigErrors(faults)) => {
            let problem = |fault: ConfigError| {
                assert_eq!(fault.setting, "database.url");
                assert_eq!(fault.origin, "environment DATABASE_URL");
                fault.problem
            };
            let problems: Vec<_> = faults.into_iter().map(problem).collect();
            problems.join("\n")
        }
    }
}

/// Asserts that both Signet and its driver accept a URL.
fn assert_accepted(url: &str) {
    assert_eq!(problems_of(url), "", "{url}");
    let environment = [("DATABASE_URL", url)];
    let config = load("", &environment, FlagSettings::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let opened = runtime
        .unwrap()
        .block_on(async { crate::store::Store::new(&config.database) });
    assert!(opened.is_ok(), "{url}");
}

#[test]
fn supported_urls_are_accepted() {
    for url in [
        "postgres://localhost",
        "postgres:///signet",
        "postgresql://signet:secret@db.example.com:5432/signet",
        "postgres://signet:a%2Fb%23c%3Fd%25e@db/signet",
        "postgres://me@tenant:p@ss@db/signet",
        "postgres://signet:p%C3%A4ss@db/signet",
        "postgres://%2Frun%2Fpostgresql/signet",
        "postgres://signet@localhost/signet?host=/run/postgresql",
        "postgres://localhost:5432/signet?user=me@tenant&password=a",
        "postgres://signet@[::1]:5432/signet?sslmode=disable",
        "postgres://db/signet?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem",
        "postgres://db/signet?ssl-mode=Require&ssl-ca=/ca.pem",
        "postgres:///?hostaddr=10.0.0.1&port=5433&dbname=signet&user=a&password=b",
        "postgres://db/signet?application_name=auth&target_session_attrs=any",
        "postgres://db/signet?options=-c%20search_path%3Dauth",
        "postgres://db/signet?options[search_path]=auth&options[lock_timeout]=1s&options=-c%20a%3Db",
        " postgres://db/signet\n",
        "sqlite://signet.db",
        "sqlite:signet.db?mode=rwc&cache=private&immutable=false&vfs=unix",
        "sqlite::memory:",
        "sqlite://?mode=memory",
        "sqlite:///var/lib/a%20b.db",
        "sqlite://a#b.db",
    ] {
        assert_accepted(url);
    }
}

#[test]
fn unsupported_parameters_are_refused_by_name() {
    for (parameter, advice) in [
        ("schema=auth", "leaving it out is not safe"),
        ("search_path=auth", "write options=-c%20search_path%3DNAME"),
        (
            "currentSchema=auth",
            "write options=-c%20search_path%3DNAME",
        ),
        (
            "channel_binding=require",
            "Leaving it out is safe with sslmode=verify-full",
        ),
        (
            "targetServerType=primary",
            "leaving it out is safe: target_session_attrs",
        ),
        (
            "connect_timeout=10",
            "leaving it out is safe: database.timeout",
        ),
        (
            "keepalives_idle=10",
            "leaving it out is safe: database.timeout",
        ),
        ("connection_limit=5", "set database.connections"),
        ("statement-cache-capacity=0", "set database.statement_cache"),
        (
            "ssl=true",
            "leaving it out is not safe, because TLS would not be required",
        ),
        ("gssencmode=disable", "Signet has no Kerberos"),
        (
            "ssl_min_protocol_version=TLSv1.3",
            "Signet speaks TLS 1.2 and 1.3",
        ),
        ("sslcrl=/crl.pem", "leaving it out is not safe"),
        ("requirepeer=postgres", "leaving it out is not safe"),
        ("passfile=/pgpass", "PGPASSFILE"),
        ("service=auth", "leaving it out is not safe"),
        (
            "pgbouncer=true",
            "leaving it out is safe: it adjusts another driver",
        ),
        ("client_encoding=utf8", "UTF-8"),
        (
            "sslmod=verify-full",
            "leaving it out is not safe if it means sslmode, so write sslmode",
        ),
        ("SSLMODE=verify-full", "so write sslmode"),
        ("ssl_mode=verify-full", "so write sslmode"),
        ("username=a", "so write user"),
        (
            "colour=red",
            "Supported are sslmode, sslrootcert, sslcert, sslkey, host, hostaddr, port",
        ),
        ("options[search_path=auth", "so write options"),
    ] {
        let name = parameter.split('=').next().unwrap();
        for separator in ["?", "?sslmode=require&"] {
            let problems = problems_of(&format!(
                "postgres://signet:hunter2@db/signet{separator}{parameter}"
            ));
            let refused = format!("has the parameter {name}, which Signet does not ");
            assert!(problems.starts_with(&refused), "{problems}");
            assert!(problems.contains(advice), "{problems}");
            assert!(!problems.contains("hunter2"), "{problems}");
        }
    }
    for (parameter, advice) in [
        (
            "_journal_mode=WAL",
            "leaving it out is safe: Signet sets the journal",
        ),
        (
            "_pragma=busy_timeout(5000)",
            "leaving it out is safe: Signet sets the journal",
        ),
        ("timeout=5", "leaving it out is safe"),
        ("Mode=rwc", "so write mode"),
        ("colour=red", "Supported are mode, cache, immutable, vfs"),
    ] {
        let name = parameter.split('=').next().unwrap();
        let problems = problems_of(&format!("sqlite://signet.db?{parameter}"));
        let refused = format!("has the parameter {name}, which Signet does not ");
        assert!(problems.starts_with(&refused), "{problems}");
        assert!(problems.contains(advice), "{problems}");
    }
    // All problems are listed.
    let problems = problems_of("postgres://db/signet?schema=a&sslmod=b&sslmode=c");
    assert_eq!(problems.lines().count(), 3, "{problems}");
}

#[test]
fn wrong_values_and_repeated_parameters_are_refused() {
    for (query, problem) in [
        (
            "sslmode=no-verify",
            "has the parameter sslmode, which has no mode no-verify: write require",
        ),
        (
            "sslmode=hunter2",
            "must be one of disable, allow, prefer, require, verify-ca, verify-full",
        ),
        ("ssl-mode=", "must be one of disable"),
        ("sslrootcert=system", "which must name a file"),
        ("host=a,b", "which names several hosts"),
        (
            "target_session_attrs=standby",
            "must be one of any, read-write, primary",
        ),
        ("host=", "which must name a host"),
        ("hostaddr=db.example.com", "which must be an IP address"),
        ("port=hunter2", "which must be a port"),
        ("port=0", "which must be a port"),
        ("password=hunter+2", "write %2B for +"),
        (
            "sslmode=require&sslmode=disable",
            "has the parameter sslmode more than once",
        ),
        (
            "sslmode=require&ssl-mode=require",
            "has the parameter sslmode more than once",
        ),
        (
            "options[a]=b&options[a]=c",
            "has the parameter options[a] more than once",
        ),
    ] {
        let problems = problems_of(&format!("postgres://signet:hunter2@db/signet?{query}"));
        assert!(problems.contains(problem), "{query}: {problems}");
        assert!(!problems.contains("hunter"), "{problems}");
    }
    for (url, problem) in [
        (
            "sqlite://a.db?mode=rwx",
            "which must be one of ro, rw, rwc, memory",
        ),
        (
            "sqlite://a.db?cache=no",
            "which must be one of shared, private",
        ),
        (
            "sqlite://a.db?immutable=yes",
            "which must be one of true, false, 1, 0",
        ),
        (
            "sqlite://a.db?mode=ro&mode=rw",
            "has the parameter mode more than once",
        ),
        ("sqlite://a%ff.db", "is not UTF-8"),
        ("sqlite:", "names no file"),
        ("sqlite://?cache=shared", "names no file"),
    ] {
        assert!(
            problems_of(url).contains(problem),
            "{url}: {}",
            problems_of(url)
        );
    }
}

#[test]
fn errors_never_quote_the_password() {
    for (url, problem) in [
        (
            "postgres://signet:hunt#er2@db/signet",
            "has a # that is not percent-encoded: write %23",
        ),
        ("postgres://signet:12#er2@db/signet", "write %23"),
        ("postgres://signet:hunt/er2@db/signet", "write %2F for /"),
        ("postgres://signet:12/er2@db/signet", "write %2F for /"),
        ("postgres://signet:p@hunt/er2@db/signet", "write %2F for /"),
        ("postgres://signet:hunt?er2@db/signet", "write %3F for ?"),
        ("postgres://signet:12?er2@db/signet", "write %3F for ?"),
        ("postgres://signet:12?er2=x@db/signet", "write %3F for ?"),
        ("postgres://signet:p@hunt?er2@db/signet", "write %3F for ?"),
        (
            "postgres://signet:hunt?sslmode=er2@db/signet",
            "write %3F for ?",
        ),
        ("postgres://signet:hunt%er2@db/signet", "write %25 for %"),
        ("postgres://signet:hunter2%@db/signet", "write %25 for %"),
        ("postgres://signet:hunt%ffer2@db/signet", "is not UTF-8"),
        ("postgres://signet:hunt%00er2@db/signet", "is not UTF-8"),
        (
            "postgres://signet:hunter2@a%2Cb/signet",
            "has %2C between its hosts",
        ),
        (
            "postgres://signet:hunter2@a:5432,/signet",
            "has an empty host in its list of hosts",
        ),
        (
            "postgres://signet:hunter2@a:5432,b:hunter2/signet",
            "has no valid port after its host",
        ),
        (
            "postgres://signet:hunter2@a,b/signet?port=5433",
            "has several hosts and a parameter host, hostaddr or port",
        ),
        (
            "postgres://signet:hunter2@a,b:5433,A:5432/signet",
            "names a:5432 twice: write each host once",
        ),
        (
            "postgres://signet:hunter2@/signet?host=/run",
            "has a user but no host: write localhost",
        ),
        (
            "postgres://signet:hunter2@db:hunter2/signet",
            "has no valid port after its host",
        ),
        (
            "postgres://signet:hunter2@db:99999/signet",
            "has no valid port after its host",
        ),
        ("postgres://signet:hunter2@d b/signet", "has no valid host"),
        ("postgres://signet:hunter2@[::1/signet", "has no valid host"),
        (
            "postgres://signet:hunter2@db/signet?<er2>=x",
            "has a parameter that Signet does not support",
        ),
        (
            "postgres://signet:hun\tter2@db/signet",
            "has a control character",
        ),
        ("sqlite://hun\nter2.db", "has a control character"),
        (
            "host=db password=hunter2",
            "must begin with sqlite: or postgres://",
        ),
        (
            "postgresql+asyncpg://signet:hunter2@db/signet",
            "must begin with sqlite: or postgres://",
        ),
        ("postgres:hunter2", "must begin with sqlite: or postgres://"),
    ] {
        let problems = problems_of(url);
        assert!(problems.contains(problem), "{url}: {problems}");
        for secret in ["hunt", "er2", "12"] {
            assert!(!problems.contains(secret), "{url}: {problems}");
        }
    }
}

#[test]
fn replica_that_is_named_twice_is_refused() {
    let replicas = |first: &str, second: &str| {
        let url = "database.url = 'postgres://a,b/signet'";
        faults(&format!(
            "{url}\ndatabase.replicas = ['postgres://{first}', 'postgres://{second}']"
        ))
    };
    for (first, second, server) in [
        ("b/signet", "u:hunter2@B:5432/signet", "b:5432"),
        ("x/signet?host=/run/pg", "y/signet?host=/run/pg", "/run/pg"),
    ] {
        let faults = replicas(first, second);
        let expected = format!(
            "database.replicas (signet.toml): names {server} again with the URL number 2: name each server once"
        );
        assert!(faults.contains(&expected), "{faults}");
        assert!(!faults.contains("hunter2"), "{faults}");
    }
    // A server may be in both settings, and two servers may have one host or one folder.
    for (url, first, second) in [
        ("a,b", "a/signet", "b/signet"),
        ("a,a:5433", "a/signet", "a:5433/signet"),
        (
            "a",
            "x/signet?host=/run/pg",
            "x/signet?host=/run/pg&port=5433",
        ),
    ] {
        let text = format!(
            "database.url = 'postgres://{url}/signet'\n\
             database.replicas = ['postgres://{first}', 'postgres://{second}']"
        );
        assert!(load(&text, &[], FlagSettings::default()).is_ok(), "{text}");
    }
}

#[test]
fn a_url_from_a_file_is_checked_and_the_error_names_url_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "postgres://signet:hunter2@db/signet?schema=auth\n").unwrap();
    let faults = faults(&format!("database.url_file = '{}'", path.display()));
    assert!(
        faults.contains("database.url_file (signet.toml): has the parameter schema"),
        "{faults}"
    );
}

proptest! {
    /// Every URL is either refused by Signet or accepted by its driver.
    #[test]
    fn generated_urls_are_refused_without_quoting_or_accepted_by_the_driver(
        password in "(secret[#/?@%:&=+ ,]{1,3}word)|([0-9]{3}[#/?@%&=]secret)|(secret[!-~]{0,6}word)",
        rest in "@db(:[0-9]{1,6})?/signet(\\?(sslmode=(require|x)|host=a|colour=1|options\\[a\\]=b)){0,2}",
    ) {
        let url = format!("postgres://signet:{password}{rest}");
        let problems = problems_of(&url);
        prop_assert!(!problems.contains("secret") && !problems.contains("word="), "{}: {}", url, problems);
        if problems.is_empty() {
            assert_accepted(&url);
        }
    }
}
