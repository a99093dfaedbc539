//! The demo club on whichever database the tests run on.

use axum::http::StatusCode;
use harrier::app::demo::sign_ins;

use crate::support::{PASSWORD, Person, stage};

#[tokio::test]
async fn the_demo_is_a_club_that_its_people_can_use() {
    let stage = stage().await;
    let people = sign_ins(|| PASSWORD.to_owned());
    stage.app.make_demo(&people, "a secret that nobody knows").await.expect("a club");

    let list = stage.app.admin_list().await.expect("a list");
    assert_eq!(list.organizations.len(), 1);
    assert_eq!((list.organizations[0].coaches, list.organizations[0].athletes), (3, 60));
    let of = |name: &str| list.users.iter().find(|u| u.name == name).expect("in the club").user_id;

    let [head, _, athlete] = &people;
    let head = Person::of(&stage, of(&head.name), &head.email).await;
    for name in ["Naledi Mokoena", "Arjun Malhotra", "Hana Kovářová"] {
        let page = head.get(&format!("/athletes/{}", of(name))).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert_eq!(page.texts("h1").len(), 1, "{name}");
        assert!(page.texts("h1")[0].contains(name), "{name}");
    }
    let viewer = stage.app.session_viewer(head.id).await.expect("a session").expect("a viewer");
    let week = stage.app.groups_this_week(&viewer, None).await.expect("the groups");
    let sizes: Vec<(&str, usize)> = week.groups.iter().map(|g| (g.group.name.as_str(), g.members)).collect();
    assert_eq!(sizes.len(), 7);
    assert_eq!(sizes.iter().filter(|(_, members)| *members == 0).count(), 1, "{sizes:?}");
    assert!(week.counts.unassigned >= 3 && week.counts.total_athletes > 50, "{:?}", week.counts);
    let track = week.groups.iter().find(|g| g.group.name == "Tuesday Track").expect("the track").group.id;
    assert_eq!(stage.app.join_requests(&viewer, track).await.expect("requests").len(), 2);
    let kept = stage.app.kept_reports(&viewer, None, None, 10).await.expect("reports");
    assert_eq!(kept.len(), 1);
    let report = stage.app.kept_report(&viewer, kept[0].id).await.expect("a report");
    let is_changed = stage.app.is_report_changed(&viewer, &report).await.expect("an answer");
    assert!(is_changed == Some(false) && report.report.athletes.len() > 8, "{report:?}");
    let log = stage.app.group_log(&viewer, track, None, 200).await.expect("a log");
    assert!(log.len() > 8 && log.windows(2).all(|pair| pair[0].entry.at >= pair[1].entry.at));
    let shown = stage.app.group_week(&viewer, track, Some(week.today - 7), None).await.expect("a week");
    assert!(shown.trend.iter().all(|own| own.total.distance > 0.0 && own.engagement.is_some()));
    let states =
        head.get("/invitations?state=all").await.texts(".invitations li .end.two > span:first-child");
    let count = |state: &str| states.iter().filter(|said| said.as_str() == state).count();
    assert_eq!((count("Pending"), count("Revoked")), (5, 1), "{states:?}");
    let told = head.get("/notifications").await.texts(".told li");
    assert!(told.len() >= 5 && told.iter().any(|line| line.contains("asks to join")), "{told:?}");
    let naledi = Person::of(&stage, of(&athlete.name), &athlete.email).await;
    assert_eq!(naledi.get("/me").await.status, StatusCode::OK);
    assert_ne!(naledi.get(&format!("/athletes/{}", of("Hana Kovářová"))).await.status, StatusCode::OK);
}
