//! The statements of a login for which the service that users move from is asked.

use rstest_reuse::apply;
use serde_json::json;

use super::{providers::reads_and, said};
use crate::support::{Engine, PASSWORD, both_engines, migration::OldService};

#[apply(both_engines)]
#[tokio::test]
async fn first_login_of_a_user_who_moves_is_one_read_and_a_transaction(engine: Engine) {
    let old = OldService::start();
    let service = old.asked_by(engine, "").await;
    let log_in = async || {
        let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
        answer.status
    };
    let refused = (401, vec!["SELECT".to_owned()]);
    assert_eq!(said(log_in()).await, refused);
    let user = json!({"email_verified": true, "id": "42"});
    old.knows("ada@example.com", PASSWORD, user);
    // The user, three accounts and the password.
    let created = reads_and(engine, 1, &["INSERT"; 5], "COMMIT");
    assert_eq!(said(log_in()).await, (200, created));
    assert_eq!(said(log_in()).await, (200, vec!["SELECT".to_owned()]));
}
