//! A page is few statements: at most eight, with the session, the viewer and the counters of the sidebar.

use crate::support::cast;

/// Runs every page of the matrix that the head coach may open, and counts.
#[tokio::test]
async fn no_page_runs_more_than_eight_statements() {
    let cast = cast().await;
    let mut many = Vec::new();
    let id = cast.athlete.id;
    let group = cast.head_coach.make_group(serde_json::json!({"name": "Tuesday Track"})).await;
    let pages = [
        "/athletes".to_owned(),
        "/athletes?q=a&status=active&label=marathon&level=Elite&coach=none&sort=distance".to_owned(),
        format!("/athletes/{id}"),
        format!("/athletes/{id}/activities"),
        format!("/athletes/{id}/notes"),
        format!("/athletes/{id}/edit"),
        "/me".to_owned(),
        "/activities/new".to_owned(),
        "/settings".to_owned(),
        "/settings/security".to_owned(),
        "/settings/tokens".to_owned(),
        "/settings/deletion".to_owned(),
        format!("/athletes/{id}/fitness"),
        "/organization".to_owned(),
        "/groups".to_owned(),
        "/groups/comparison?range=30d&sort=-change".to_owned(),
        format!("/groups/{group}?range=14d"),
        format!("/groups/{group}"),
        format!("/groups/{group}/feed"),
        format!("/groups/{group}/plans"),
        format!("/groups/{group}/log"),
        format!("/groups/{group}/report"),
        format!("/groups/{group}/reports"),
        "/reports".to_owned(),
        "/invitations".to_owned(),
        "/invitations/new".to_owned(),
        "/notifications?category=joined&unread=1".to_owned(),
        "/organization/mail".to_owned(),
        "/coaches/new".to_owned(),
        "/membership".to_owned(),
        format!("/groups/{group}/members"),
        format!("/groups/{group}/members/new?q=a&athlete={id}"),
    ];
    for path in pages {
        let before = harrier::app::statements();
        let answer = cast.head_coach.get(&path).await;
        let count = harrier::app::statements() - before;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        if count > 8 {
            many.push(format!("{path}: {count}"));
        }
    }
    assert!(many.is_empty(), "more than eight statements:\n{}", many.join("\n"));
}
