//! Many at once: nobody gets in twice, nobody too many, and nothing half.

use axum::http::StatusCode;
use serde_json::json;

use crate::joining::{NEW, invited, ticket};
use crate::support::{Cast, cast};

/// Accepts all of these tickets at once; how many got in.
async fn all_at_once(cast: &Cast, tickets: &[String]) -> usize {
    let mut tasks = tokio::task::JoinSet::new();
    for ticket in tickets {
        let (anyone, path) = (cast.anonymous.another(), format!("{ticket}/acceptance"));
        tasks.spawn(async move { anyone.post(&path, NEW).await });
    }
    let mut count = 0;
    while let Some(answer) = tasks.join_next().await {
        let answer = answer.expect("no panic");
        assert!(!answer.status.is_server_error(), "{}", answer.body);
        count += usize::from(answer.status == StatusCode::SEE_OTHER);
    }
    count
}

async fn members(cast: &Cast) -> i64 {
    cast.stage.number("SELECT COUNT(*) FROM memberships WHERE name_folded = 'yara santos'").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_at_once_on_a_link_for_ten_are_ten() {
    let cast = cast().await;
    let group = cast.group(json!({ "name": "First Steps" }), &[]).await;
    let (link, _) = invited(&cast, json!({ "kind": "multi", "max_uses": 10, "group_id": group })).await;
    let mut tickets = Vec::new();
    for number in 0..50 {
        tickets.push(ticket(&cast, &link, &format!("runner{number}@b.test")).await);
    }
    assert_eq!(all_at_once(&cast, &tickets).await, 10);
    assert_eq!(members(&cast).await, 10);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM group_members").await, 10);
    assert_eq!(cast.stage.number("SELECT uses FROM invitations").await, 10);
    // Of those who came too late nothing is left: no account, no entry, and their ticket was not used up.
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM users").await, 17);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM tickets WHERE used_at IS NOT NULL").await, 10);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM audit WHERE action = 'member.joined'").await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_invitation_accepted_twice_makes_one_member() {
    let cast = cast().await;
    let body = json!({ "kind": "single", "first_name": "Yara", "email": "yara@b.test" });
    let (_, ticket) = invited(&cast, body).await;
    let ticket = ticket.expect("a ticket");
    assert_eq!(all_at_once(&cast, &[ticket.clone(), ticket.clone(), ticket]).await, 1);
    assert_eq!(members(&cast).await, 1);
    assert_eq!(cast.stage.number("SELECT COUNT(*) FROM users").await, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_with_two_tickets_takes_one_place() {
    let cast = cast().await;
    let (link, _) = invited(&cast, json!({ "kind": "multi", "max_uses": 5 })).await;
    let first = ticket(&cast, &link, "yara@b.test").await;
    let second = ticket(&cast, &link, "Yara@b.test").await;
    assert_eq!(all_at_once(&cast, &[first, second]).await, 1);
    assert_eq!(cast.stage.number("SELECT uses FROM invitations").await, 1);
    assert_eq!(members(&cast).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepting_while_it_is_revoked_ends_in_one_of_the_two() {
    let mut accepted = 0;
    for round in 0..8 {
        let cast = cast().await;
        let body = json!({ "kind": "single", "first_name": "Yara", "email": "yara@b.test" });
        let address = format!("/organizations/{}/invitations", cast.org);
        let made = cast.coach.api("POST", &address, Some(body)).await.json();
        let ticket = cast.mailed("yara@b.test", "/join/").await;
        let id = made["invitation_id"].as_str().expect("an id").to_owned();
        let (anyone, coach) = (cast.anonymous.another(), cast.coach.another());
        let accept =
            tokio::spawn(async move { anyone.post(&format!("{ticket}/acceptance"), NEW).await.status });
        // Hashing the password takes its time before the race begins: begin it at different moments.
        tokio::time::sleep(std::time::Duration::from_millis(8 * round)).await;
        let revoke = coach.api("DELETE", &format!("{address}/{id}"), None).await;
        let is_in = accept.await.expect("no panic") == StatusCode::SEE_OTHER;
        let is_revoked = revoke.status == StatusCode::OK;
        assert!(is_in != is_revoked, "round {round}: in {is_in}, revoked {is_revoked}: {}", revoke.body);
        assert_eq!(members(&cast).await, i64::from(is_in));
        let state = "SELECT uses * 10 + CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END FROM invitations";
        assert_eq!(cast.stage.number(state).await, if is_in { 10 } else { 1 });
        let users = cast.stage.number("SELECT COUNT(*) FROM users").await;
        assert_eq!(users, if is_in { 8 } else { 7 }, "an account goes with the membership or not at all");
        accepted += usize::from(is_in);
    }
    println!("{accepted} of 8 rounds ended inside");
}
