//! The notifications that are kept, and for how long.

use super::*;

fn subject(sid: Option<&str>) -> LogoutSubject {
    LogoutSubject {
        user: "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap(),
        sid: sid.map(str::to_owned),
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

#[test]
fn login_is_kept_until_a_minute_after_the_end_of_its_notification() {
    let (recent, login) = (RecentNotifications::default(), subject(Some("one")));
    let number = recent.begin("app", &login, at(0)).unwrap();
    recent.sending("app", &login, number);
    recent.retrying("app", &login, number);
    assert_eq!(recent.begin("app", &login, at(335)), None);
    assert!(recent.begin("other", &login, at(335)).is_some());
    let two = subject(Some("two"));
    assert!(recent.begin("app", &two, at(335)).is_some());
    recent.end("app", &login, number, at(335));
    assert_eq!(recent.begin("app", &login, at(394)), None);
    assert!(recent.begin("app", &login, at(395)).is_some());
}

#[test]
fn user_is_kept_only_until_a_token_is_issued() {
    let (recent, user) = (RecentNotifications::default(), subject(None));
    let first = recent.begin("app", &user, at(0)).unwrap();
    assert_eq!(recent.begin("app", &user, at(0)), None);
    recent.sending("app", &user, first);
    recent.retrying("app", &user, first);
    assert_eq!(recent.begin("app", &user, at(1)), None);
    recent.sending("app", &user, first);
    let second = recent.begin("app", &user, at(1)).unwrap();
    recent.end("app", &user, first, at(1));
    assert_eq!(
        recent.begin("app", &user, at(1)),
        None,
        "the second one waits"
    );
    recent.sending("app", &user, second);
    recent.end("app", &user, second, at(1));
    assert!(recent.lock().notifications.is_empty());
}

#[test]
fn failed_notification_of_a_user_is_forgotten() {
    let (recent, user) = (RecentNotifications::default(), subject(None));
    let number = recent.begin("app", &user, at(0)).unwrap();
    recent.sending("app", &user, number);
    recent.retrying("app", &user, number);
    recent.end("app", &user, number, at(335));
    assert!(recent.lock().notifications.is_empty());
    assert!(recent.begin("app", &user, at(335)).is_some());
}

#[test]
fn number_of_ended_notifications_is_bounded() {
    let recent = RecentNotifications::default();
    for n in 0..=MAX_ENDED {
        let login = subject(Some(&n.to_string()));
        let number = recent.begin("app", &login, at(0)).unwrap();
        recent.end("app", &login, number, at(0));
    }
    assert_eq!(recent.lock().notifications.len(), MAX_ENDED);
    assert_eq!(recent.lock().ended.len(), MAX_ENDED);
    let begin = |sid| recent.begin("app", &subject(Some(sid)), at(0));
    assert!(begin("0").is_some());
    assert_eq!(begin("1"), None);
}

#[test]
fn set_back_clock_keeps_nothing_for_ever() {
    let (recent, login) = (RecentNotifications::default(), subject(Some("one")));
    let number = recent.begin("app", &login, at(0)).unwrap();
    recent.end("app", &login, number, at(0));
    assert!(recent.begin("app", &login, at(-3_600)).is_some());
}
