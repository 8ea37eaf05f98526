//! Decisions for proxies.

use axum::body::Body;
use chrono::TimeDelta;
use rstest_reuse::apply;

use super::{counted, make_read_only};
use crate::support::{Browser, Engine, TestService, both_engines, browser::WEB};

const POLICY: &str = "
    [policies.any]
    acr = '1fa'
";

#[apply(both_engines)]
#[tokio::test]
async fn forward_auth_reads_nothing_or_one_row_at_a_refresh(engine: Engine) {
    let settings = format!("{POLICY}{WEB}");
    let service = TestService::configured(engine, &settings).await;
    let cookies = Browser::signed_up(&service, "ada@example.com")
        .await
        .cookies();
    let TestService { database, app, .. } = service;
    app.store.close().await;
    // Writes fail, so the following cannot pass by accident.
    let database = make_read_only(database, engine).await;
    let service = TestService::in_database(database, &settings, None).await;
    let ask = async |headers: &[(&str, &str)]| {
        let answer = service.anon();
        let answer = answer.send("GET", "/forward-auth/any", headers, Body::empty());
        answer.await.status
    };
    let session = [("cookie", cookies.as_str())];
    let ((), reads, writes) = counted(async {
        for _ in 0..100 {
            assert_eq!(ask(&session).await, 200);
        }
        assert_eq!(ask(&[]).await, 401);
    })
    .await;
    assert_eq!((reads, writes), (0, 0), "a valid access cookie, and none");
    service.clock.advance(TimeDelta::minutes(10));
    let ((), reads, writes) = counted(async {
        for _ in 0..100 {
            assert_eq!(ask(&session).await, 200);
        }
    })
    .await;
    assert_eq!((reads, writes), (100, 0), "an expired access cookie");
}
