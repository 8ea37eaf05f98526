use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use rstest::rstest;
use tracing::{Dispatch, dispatcher};

use super::{RecentAuditEvents, json_lines};

/// The output that would have been written to standard error.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(format: fn(&str, Output) -> Dispatch, filter: &str, work: impl FnOnce()) -> String {
    let output = Output::default();
    let written = output.clone();
    dispatcher::with_default(&format(filter, output), work);
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}

fn pretty(filter: &str, output: Output) -> Dispatch {
    super::pretty(filter, false, &RecentAuditEvents::default(), move || {
        output.clone()
    })
}

fn colored(filter: &str, output: Output) -> Dispatch {
    super::pretty(filter, true, &RecentAuditEvents::default(), move || {
        output.clone()
    })
}

fn json(filter: &str, output: Output) -> Dispatch {
    json_lines(filter, &RecentAuditEvents::default(), move || {
        output.clone()
    })
}

/// A text that ends the line, forges another one and controls a terminal by every kind of control character.
const HOSTILE: &str =
    "ada\r\nINFO forged act=\"login\"\u{1b}[2Jforged\u{9b}31mforged\u{7}\u{8}\u{7f}";

#[rstest]
fn control_characters_are_escaped(
    #[values(pretty, colored, json)] format: fn(&str, Output) -> Dispatch,
) {
    let error = io::Error::other(HOSTILE);
    let text = logged(format, "info", || {
        let span = tracing::info_span!("request", request_id = %HOSTILE, method = HOSTILE);
        span.in_scope(|| {
            tracing::info!(shown = %HOSTILE, debugged = ?HOSTILE, text = HOSTILE, "{HOSTILE}");
            tracing::error!(%error, source = &error as &dyn std::error::Error, "failed");
        });
    });
    assert_eq!(text.lines().count(), 2, "{text}");
    for line in text.lines() {
        // The colors of the format are the only control sequences.
        let plain = line.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
        let plain = ["2", "3", "31", "32"].iter().fold(plain, |plain, colour| {
            plain.replace(&format!("\u{1b}[{colour}m"), "")
        });
        let is_control = |c: char| c.is_ascii_control() && c != '\u{7f}';
        assert!(!plain.contains(is_control), "{plain:?}");
        assert!(plain.contains("forged"), "{plain}");
    }
}

#[test]
fn json_has_the_members_that_tracing_subscriber_writes() {
    let stock = |filter: &str, output: Output| {
        let lines = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_writer(move || output.clone());
        super::dispatch(filter, &RecentAuditEvents::default(), lines)
    };
    let work = || {
        let error = io::Error::other(HOSTILE);
        let events = || {
            tracing::info!(
                status = 200_u16,
                signed = -1,
                flag = true,
                part = 0.5,
                nan = f64::NAN,
                "answered"
            );
            tracing::warn!(shown = %HOSTILE, debugged = ?HOSTILE, text = HOSTILE, "{HOSTILE}");
            tracing::error!(%error, source = &error as &dyn std::error::Error);
            tracing::info!(target: "signet::audit", act = "login", user.id = %7, none = Option::<u8>::None);
            let record = tracing_log::log::Record::builder()
                .args(format_args!("from the log crate"))
                .level(tracing_log::log::Level::Warn)
                .target("rustls::client")
                .build();
            tracing_log::format_trace(&record).unwrap();
        };
        events();
        tracing::info_span!("empty").in_scope(events);
        let span = tracing::info_span!("request", request_id = %HOSTILE, method = "GET", answers = 1, route = "}");
        span.in_scope(events);
        tracing::info_span!(parent: &span, "inner", last = true).in_scope(events);
        tracing::info!(parent: &span, "by its parent");
        let span = tracing::info_span!("later", user = tracing::field::Empty, last = 1);
        span.record("user", HOSTILE);
        span.in_scope(events);
    };
    let lines = |format: fn(&str, Output) -> Dispatch| {
        let text = logged(format, "info", work);
        let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let untimed = parsed.map(|mut line: serde_json::Value| {
            let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
            let time = time.as_str().unwrap();
            assert_eq!(time.len(), "2026-11-28T12:00:00.123456Z".len(), "{time}");
            line
        });
        untimed.collect::<Vec<_>>()
    };
    assert_eq!(lines(json), lines(stock));
    assert_eq!(lines(json).len(), 26);
}

#[rstest]
fn fields_are_separated(#[values(pretty, json)] format: fn(&str, Output) -> Dispatch) {
    let text = logged(format, "info", || {
        tracing::info!(status = 200, route = %"/livez", act = "login", "answered");
    });
    let words = [
        ["answered", "status=200 route=/livez act=\"login\""],
        [
            "\"answered\"",
            "\"status\":200,\"route\":\"/livez\",\"act\":\"login\"",
        ],
    ];
    assert!(
        words
            .iter()
            .any(|words| words.iter().all(|word| text.contains(word))),
        "{text}"
    );
}

#[rstest]
#[case("trace")]
#[case("hyper=trace,h2=trace,sqlx=trace,sqlx_postgres::options::parse=trace,rustls=trace")]
#[case("[request]=trace")]
#[case("trace,[request{method=GET}]=trace")]
fn debug_events_of_other_crates_are_never_logged(#[case] filter: &str) {
    let text = logged(json, filter, || {
        tracing::info_span!("request", method = "GET").in_scope(|| {
            tracing::debug!(target: "hyper::proto::h1", "canary");
            tracing::trace!(target: "h2::codec::framed_read", "canary");
            tracing::debug!(target: "sqlx_core::pool", "canary");
            tracing::warn!(target: "sqlx_postgres::options::parse", "canary");
            tracing::trace!(target: "rustls::client", "canary");
        });
    });
    assert_eq!(text, "");
}

#[test]
fn filter_selects_own_events() {
    let text = logged(json, "trace", || {
        tracing::trace!(target: "signet::http", "ours");
        tracing::debug!(target: "sqlx::query", "ours");
        tracing::warn!(target: "sqlx_core::pool", "theirs");
    });
    assert_eq!(text.lines().count(), 3, "{text}");
    assert_eq!(logged(json, "signet=info", || tracing::debug!("quiet")), "");
}
