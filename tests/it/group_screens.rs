//! The screens about what a group runs: its feed, its log, ranges, the comparison, and reports.

use axum::http::StatusCode;
use serde_json::json;

use crate::support::{Cast, Person, cast};

async fn run(person: &Person, title: &str, kind: &str, start: &str, metres: i64) -> String {
    let body = json!({"activity_type": "run", "sub_type": kind, "title": title, "timezone": "Europe/Lisbon",
        "start_time": start, "distance_in_meters": metres, "duration_in_seconds": metres / 3});
    let made = person.api("POST", "/activities", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.json()["activity_id"].as_str().expect("an id").to_owned()
}

async fn group(cast: &Cast) -> String {
    let both = [cast.athlete.id, cast.other_athlete.id];
    cast.group(json!({"name": "Tuesday Track", "privacy": "public"}), &both).await
}

/// As if everybody had been in their groups for a year: periods of the past have their members.
async fn long_ago(cast: &Cast) {
    cast.stage.execute("UPDATE group_members SET joined_at = joined_at - 31536000").await;
}

#[tokio::test]
async fn the_feed_is_filtered_goes_on_and_tells_what_is_new() {
    let cast = cast().await;
    let id = group(&cast).await;
    for hour in 0..32 {
        let start = format!("2026-11-{:02}T{:02}:00:00Z", 10 + hour / 8, 6 + hour % 8);
        run(&cast.athlete, &format!("Run {hour}"), "easy-run", &start, 5_000).await;
    }
    run(&cast.other_athlete, "Reps", "interval-run", "2026-11-16T07:00:00Z", 9_000).await;
    let page = cast.coach.get(&format!("/groups/{id}/feed")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.texts(".feed h3 + p")[..2], ["Reps".to_owned(), "Run 31".to_owned()]);
    assert_eq!(page.texts(".feed h3 + p").len(), 30);
    // The rest comes behind it, as a part and as a page.
    let more = page.attributes("#more-runs", "href").remove(0);
    let part = cast.coach.get_region(&more, "more").await;
    assert_eq!(part.texts("h3 + p"), ["Run 2", "Run 1", "Run 0"], "{more}: {} {}", part.status, part.body);
    assert!(!part.body.contains("<h1") && !part.body.contains("more-runs"), "{}", part.body);
    let whole = cast.coach.get(&more).await;
    assert_eq!((whole.texts("h1").len(), whole.texts(".feed h3 + p").len()), (1, 3));
    // Filters, each in the address.
    let reps = cast.coach.get(&format!("/groups/{id}/feed?sub_type=interval-run&sub_type=race")).await;
    assert_eq!(reps.texts(".feed h3 + p"), ["Reps"]);
    assert_eq!(reps.attributes("input[name=sub_type][checked]", "value"), ["interval-run", "race"]);
    let day = cast.coach.get(&format!("/groups/{id}/feed?start_date=2026-11-10&end_date=2026-11-10")).await;
    assert_eq!(day.texts(".feed h3 + p").len(), 8);
    let none = cast.coach.get(&format!("/groups/{id}/feed?sub_type=hill-run")).await;
    assert_eq!(none.texts(".empty h3"), ["No such runs"]);
    // What is wrong stands beside what was typed, and all of it.
    let wrong = "start_date=2026-11-12&end_date=2026-11-11&sub_type=tempo";
    let wrong = cast.coach.get(&format!("/groups/{id}/feed?{wrong}")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.texts("#feed-to-error"), ["The last day must not be before the first."]);
    assert_eq!(wrong.attributes("#feed-from", "value"), ["2026-11-12"]);
    assert_eq!(wrong.attributes("input[name=sub_type][checked]", "value"), ["tempo-run"]);
    let many = "sub_type=race,".repeat(500);
    let same = cast.coach.get(&format!("/groups/{id}/feed?{}", many.trim_end_matches(','))).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "the second of them is no kind of run");
    // A place that is none: not a run of the group, or no run at all.
    let elsewhere = "after=act_00000000000000000000000000";
    let old = "after=-9223372036854775808.act_00000000000000000000000000";
    for bad in
        ["sub_type=sprint", "start_date=soon", "after=yesterday", "timezone=Mars/Phobos", elsewhere, old]
    {
        let answer = cast.coach.get(&format!("/groups/{id}/feed?{bad}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert_eq!(answer.texts(".error").len(), 1, "{bad}");
    }
    // News: none yet, then one that the filter lets through.
    let ask = page.attributes("#news", "hx-get").remove(0);
    assert_eq!(cast.coach.get_region(&ask, "news").await.body.trim(), "");
    run(&cast.athlete, "Just now", "tempo-run", "2026-11-17T07:00:00Z", 6_000).await;
    let told = cast.coach.get_region(&ask, "news").await;
    assert!(told.body.contains("1 new run has come in"), "{}", told.body);
    let other = reps.attributes("#news", "hx-get").remove(0);
    assert_eq!(cast.coach.get_region(&other, "news").await.body.trim(), "", "not of that kind");
    assert_eq!(cast.coach.get(&ask).await.texts("h1"), ["New runs"], "a page of its own without script");
}

#[tokio::test]
async fn fellow_athletes_see_little_of_each_others_runs() {
    let cast = cast().await;
    let id = group(&cast).await;
    let own = run(&cast.athlete, "Mine", "easy-run", "2026-11-16T05:17:00Z", 5_000).await;
    let other = run(&cast.other_athlete, "Theirs", "easy-run", "2026-11-16T06:31:00Z", 5_000).await;
    let page = cast.athlete.get(&format!("/groups/{id}/feed")).await;
    assert!(page.body.contains("Theirs") && page.body.contains(&own));
    assert!(
        !page.body.contains(&other) && !page.body.contains("06:31"),
        "no page and no time of day: {}",
        page.body
    );
    assert!(page.body.contains("05:17"), "one's own has them");
    // Nor does a place in the feed tell when the run before it began.
    let seconds = "17952";
    let more = cast.athlete.api("GET", &format!("/groups/{id}/activities?limit=1"), None).await.json();
    let cursor = more["next_cursor"].as_str().expect("a cursor").to_owned();
    let place = base64(&cursor);
    assert!(place.contains("act_") && !place.contains(seconds), "{place}");
    let next =
        cast.athlete.api("GET", &format!("/groups/{id}/activities?limit=1&cursor={cursor}"), None).await;
    assert_eq!(next.json()["activities"][0]["activity_id"], own.as_str());
    assert!(page.attributes(".tabs a", "href").iter().all(|href| !href.ends_with("/log")));
}

/// What a cursor holds.
fn base64(cursor: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    String::from_utf8(bytes).expect("text")
}

#[tokio::test]
async fn the_log_says_who_did_what_in_words() {
    let cast = cast().await;
    let id = group(&cast).await;
    let edit = cast.coach.get(&format!("/groups/{id}/edit")).await;
    let version = edit.attributes("input[name=version]", "value").remove(0);
    let form = format!("name=Track&description=At+six.&privacy=private&version={version}");
    assert_eq!(cast.coach.post(&format!("/groups/{id}/edit"), &form).await.status, StatusCode::SEE_OTHER);
    let removal = format!("/groups/{id}/members/{}/removal", cast.other_athlete.id);
    assert_eq!(cast.coach.post(&removal, "").await.status, StatusCode::SEE_OTHER);
    let log = cast.other_coach.get(&format!("/groups/{id}/log")).await;
    let said = log.texts(".log .two > span:first-child");
    assert_eq!(said.len(), 5, "{said:?}");
    assert!(said[0].contains("removed Kenji Watanabe"), "{said:?}");
    assert!(said[1].ends_with("changed the group"), "{said:?}");
    assert!(said[4].ends_with("made the group"), "{said:?}");
    let changes = log.texts(".log .two > span:last-child:not(:first-child)").join(" ");
    for change in ["“Tuesday Track” is now “Track”", "It was public and is private", "“At six.”"]
    {
        assert!(changes.contains(change), "{change} in {changes}");
    }
}

#[tokio::test]
async fn a_range_shows_its_days_and_moves_by_its_length() {
    let cast = cast().await;
    let id = group(&cast).await;
    long_ago(&cast).await;
    run(&cast.athlete, "In it", "easy-run", "2026-11-14T07:00:00Z", 8_000).await;
    run(&cast.other_athlete, "Before it", "easy-run", "2026-11-04T07:00:00Z", 3_000).await;
    let range = "start_date=2026-11-05&end_date=2026-11-18&timezone=Europe/Lisbon";
    let page = cast.coach.get(&format!("/groups/{id}?{range}&metric=duration")).await;
    assert_eq!(page.texts(".figure dd:not(.note)")[..2], ["8.0km".to_owned(), "1".to_owned()]);
    assert!(page.texts(".figure .note")[0].contains("+5.0 km on the 14 days before"), "{}", page.body);
    assert_eq!(page.texts(".week-nav h2"), ["5 to 18 November"]);
    let before = page.attributes("#week-before", "href").remove(0);
    assert!(before.contains("start_date=2026-10-22&end_date=2026-11-04&timezone=Europe/Lisbon"), "{before}");
    assert!(before.ends_with("&metric=duration"), "{before}");
    assert!(page.attributes("#week-after", "href").is_empty(), "it ends today");
    assert_eq!(page.texts("svg.wide title")[0], "Distance by day and athlete, 5 to 18 November");
    assert!(page.texts("#h-trend").is_empty(), "twelve weeks belong to a week");
    // A zone shifts the days: at six in the evening of the 13th in Honolulu.
    let there = cast
        .coach
        .get(&format!("/groups/{id}?start_date=2026-11-13&end_date=2026-11-13&timezone=Pacific/Honolulu"))
        .await;
    assert_eq!(there.texts(".figure dd:not(.note)")[0], "8.0km");
    assert!(there.texts(".week-nav .muted")[0].contains("Honolulu"));
    for bad in [
        "range=fortnight",
        "start_date=2026-11-05",
        "start_date=2010-01-01&end_date=2026-01-01",
        "range=7d&timezone=Nowhere",
    ] {
        let answer = cast.coach.get(&format!("/groups/{id}?{bad}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

#[tokio::test]
async fn groups_stand_side_by_side_and_lead_to_themselves_at_the_range() {
    let cast = cast().await;
    let many = group(&cast).await;
    let few = cast.group(json!({"name": "Hills", "privacy": "private"}), &[cast.other_athlete.id]).await;
    cast.group(json!({"name": "Nobody yet"}), &[]).await;
    long_ago(&cast).await;
    run(&cast.athlete, "Long", "long-run", "2026-11-15T07:00:00Z", 20_000).await;
    run(&cast.other_athlete, "Short", "easy-run", "2026-11-16T07:00:00Z", 4_000).await;
    run(&cast.other_athlete, "Earlier", "easy-run", "2026-11-08T07:00:00Z", 5_000).await;
    let page = cast.coach.get("/groups/comparison").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.texts("tbody th"), ["Tuesday Track", "Hills", "Nobody yet"], "by distance");
    let cells = page.texts("tbody tr:nth-child(2) td");
    assert_eq!((cells[1].as_str(), cells[2].as_str(), cells[6].as_str()), ("4.0 km", "4.0 km", "−20 %"));
    let to = page.attributes("tbody th a", "href");
    assert_eq!(to[0], format!("/groups/{many}?range=7d&timezone=Europe/Lisbon"));
    let there = cast.coach.get(&to[1]).await;
    assert_eq!((there.status, there.texts("h1")), (StatusCode::OK, vec!["Hills".to_owned()]));
    assert_eq!(there.texts(".figure dd:not(.note)")[0], "4.0km");
    let by_change = cast.coach.get("/groups/comparison?range=14d&sort=name").await;
    assert_eq!(by_change.texts("tbody th"), ["Hills", "Nobody yet", "Tuesday Track"]);
    assert_eq!(by_change.texts("[aria-sort=ascending]"), ["Group"]);
    assert_eq!(by_change.texts(".segment [aria-current]"), ["14 days"]);
    let custom = cast.coach.get("/groups/comparison?start_date=2026-11-08&end_date=2026-11-08").await;
    assert_eq!(custom.texts("tbody td:nth-of-type(2)"), ["5.0 km", "5.0 km", "0 km"]);
    assert_eq!(custom.attributes(".multiples svg", "role").len(), 3);
    let wrong = cast.coach.get("/groups/comparison?start_date=2026-11-09&end_date=2026-11-08").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.texts("#compare-to-error"), ["The last day must not be before the first."]);
    assert_eq!(wrong.attributes("#compare-from", "value"), ["2026-11-09"]);
    for bad in ["range=year", "range=7d&range=14d", "timezone=Nowhere"] {
        let answer = cast.coach.get(&format!("/groups/comparison?{bad}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(!answer.body.contains("deserialize"), "{bad}");
    }
    let stranger = cast.stranger.get("/groups/comparison").await;
    assert!(!stranger.body.contains(&few) && !stranger.body.contains("Hills"));
}

#[tokio::test]
async fn a_report_is_looked_at_kept_with_notes_and_told_when_figures_changed() {
    let cast = cast().await;
    let id = group(&cast).await;
    let first = run(&cast.athlete, "Reps", "interval-run", "2026-11-16T07:00:00Z", 10_000).await;
    run(&cast.other_athlete, "Jog", "easy-run", "2026-11-17T07:00:00Z", 5_000).await;
    let last = cast.coach.get(&format!("/groups/{id}/report")).await;
    assert_eq!(
        last.texts(".masthead .num"),
        ["Mon 9 to Sun 15 November 2026days in Lisbon (Europe)"],
        "the week that is over"
    );
    assert!(
        last.texts(".report .note")[0].contains("nobody was in the group the week before"),
        "{}",
        last.body
    );
    let page = cast.coach.get(&format!("/groups/{id}/report?week=2026-11-18")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.texts(".report h1"), ["Tuesday Track"]);
    assert_eq!(page.texts(".report .figure dd:not(.note)")[0], "15.0km");
    assert_eq!(page.texts(".by-day tbody tr:nth-child(2) td")[0], "10.0I");
    assert_eq!(
        page.texts(".masthead .num"),
        ["Mon 16 to Sun 22 November 2026days in Lisbon (Europe)The week is still going on"]
    );
    assert!(page.attributes("a[href*='/pdf']", "href").is_empty(), "no Chromium was named");
    let of_one = format!("/groups/{id}/report?week=2026-11-16&athlete={}", cast.athlete.id);
    let one = cast.coach.get(&of_one).await;
    assert_eq!(one.texts(".report h1"), ["Naledi Mokoena"]);
    assert_eq!(one.texts(".report tbody th"), ["Mon 16 November"]);
    assert_eq!(one.texts(".report .figure dd:not(.note)")[0], "10.0km");
    assert_eq!(
        cast.coach.get(&format!("/groups/{id}/report?athlete={}", cast.stranger.id)).await.status,
        404
    );

    let reports = format!("/groups/{id}/reports");
    let long = format!("week=2026-11-16&timezone=Europe/Lisbon&note={}", "x".repeat(4_001));
    let refused = cast.coach.post(&reports, &long).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.texts("#note-error"), ["Use at most 4000 characters."]);
    assert_eq!(refused.texts("#note")[0].len(), 4_001, "nothing typed is lost");
    assert!(cast.coach.get(&reports).await.body.contains("No report kept yet"));
    let form = "week=2026-11-16&timezone=Europe/Lisbon&note=A+good+week.%0D%0A%0D%0AMore+hills.";
    let kept = cast.coach.post(&reports, form).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    let address = kept.header("location").to_owned();
    let read = cast.other_coach.get(&address).await;
    assert_eq!(read.texts(".report-notes p"), ["A good week.", "More hills."]);
    assert!(read.texts(".report-told").is_empty());
    for list in [reports.as_str(), "/reports"] {
        assert_eq!(cast.coach.get(list).await.attributes(".rows a", "href").concat(), address);
    }
    assert_eq!(cast.athlete.get(&address).await.status, StatusCode::FORBIDDEN);
    assert_eq!(cast.stranger.get(&address).await.status, StatusCode::NOT_FOUND);
    assert!(cast.stranger.get("/reports").await.attributes(".rows a", "href").is_empty());

    cast.athlete.api("DELETE", &format!("/activities/{first}"), None).await;
    let changed = cast.coach.get(&address).await;
    assert_eq!(changed.texts(".report .figure dd:not(.note)")[0], "15.0km", "as it was");
    assert_eq!(changed.texts(".report-told").len(), 1);
    let new = changed.attributes(".report-told a", "href").remove(0);
    assert_eq!(cast.coach.get(&new).await.texts(".report .figure dd:not(.note)")[0], "5.0km");
    // A new first day of the week changes no figure of the old one.
    cast.stage.execute("UPDATE organizations SET first_weekday = 7").await;
    let second = cast.coach.post(&reports, "week=2026-11-16&timezone=Europe/Lisbon&note=").await;
    cast.stage.execute("UPDATE organizations SET first_weekday = 1").await;
    let second = second.header("location").to_owned();
    let read = cast.coach.get(&second).await;
    assert_eq!(
        read.texts(".masthead .num")[0].split("days in").next(),
        Some("Sun 15 to Sat 21 November 2026")
    );
    assert!(read.texts(".report-told").is_empty(), "{}", read.body);
    let removal = format!("{second}/removal");
    assert_eq!(cast.other_coach.get(&removal).await.texts("h1"), ["Delete this kept report?"]);
    assert_eq!(cast.stranger.post(&removal, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(cast.other_coach.post(&removal, "").await.header("location"), reports);
    assert_eq!(cast.coach.get(&second).await.status, StatusCode::NOT_FOUND);
    assert!(cast.coach.get(&format!("/groups/{id}/log")).await.body.contains("deleted a kept report"));
    assert_eq!(cast.coach.post(&format!("/groups/{id}/removal"), "").await.status, StatusCode::SEE_OTHER);
    let left = cast.coach.get(&address).await;
    assert!(left.texts(".report-told")[0].contains("deleted since"), "{}", left.body);
}

/// Words that would be markup if they were not escaped.
const HOSTILE: &str = "<script>alert(1)</script>'\"&amp;";

#[tokio::test]
async fn hostile_words_stay_words_on_every_screen_of_a_group() {
    let cast = cast().await;
    for athlete in [cast.athlete.id, cast.other_athlete.id] {
        let body = json!({ "display_name": format!("{HOSTILE} {}", &athlete.to_string()[20..]) });
        let path = format!("/organizations/{}/members/{athlete}", cast.org);
        let changed = cast.coach.api("PATCH", &path, Some(body)).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    }
    let name = format!("{HOSTILE}{}", "W".repeat(40));
    let group = json!({"name": name, "description": HOSTILE, "privacy": "public"});
    let id = cast.group(group, &[cast.athlete.id, cast.other_athlete.id]).await;
    run(&cast.athlete, HOSTILE, "easy-run", "2026-11-16T07:00:00Z", 9_000).await;
    run(&cast.other_athlete, HOSTILE, "long-run", "2026-11-17T07:00:00Z", 19_000).await;
    let encoded: String = HOSTILE.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let kept =
        cast.coach.post(&format!("/groups/{id}/reports"), &format!("week=2026-11-16&note={encoded}")).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    let kept = kept.header("location").to_owned();
    let paths = [
        "/groups".to_owned(),
        "/groups/comparison".to_owned(),
        format!("/groups/{id}"),
        format!("/groups/{id}?range=30d"),
        format!("/groups/{id}/feed"),
        format!("/groups/{id}/feed?sub_type={encoded}&timezone={encoded}"),
        format!("/groups/{id}/members"),
        format!("/groups/{id}/members/new?q={encoded}"),
        format!("/groups/{id}/plans"),
        format!("/groups/{id}/log"),
        format!("/groups/{id}/report"),
        format!("/groups/{id}/report?athlete={}", cast.athlete.id),
        format!("/groups/{id}/reports"),
        format!("/groups/{id}/edit"),
        format!("/groups/{id}/removal"),
        "/reports".to_owned(),
        kept,
    ];
    for path in paths {
        let page = cast.coach.get(&path).await;
        assert!(
            !page.body.contains("<script>alert") && !page.body.contains("\"&amp;\">"),
            "{path}: {}",
            page.body
        );
        assert_eq!(page.texts("h1").len(), 1, "{path}: {}", page.body);
        let mut ids = page.attributes("[id]", "id");
        ids.sort();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{path}: an id stands twice");
    }
}

#[tokio::test]
async fn a_group_of_hundreds_is_shown_in_parts() {
    let cast = cast().await;
    let id = group(&cast).await;
    let digits = "substr('00000000000000000000000000' || i, length('' || i) + 1)";
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 230)";
    for sql in [
        format!(
            "{numbers} INSERT INTO users (id, email, email_folded, password_hash, first_name, last_name, timezone, units, \
             theme, is_admin, is_coach_account, created_at, updated_at) SELECT 'usr_' || {digits}, i || '@x.test', \
             i || '@x.test', '', 'Runner', '' || i, 'Europe/Lisbon', 'metric', 'system', FALSE, FALSE, 0, 0 FROM n"
        ),
        "INSERT INTO memberships (org_id, user_id, role, display_name, name_folded, search_folded, member_level, status, \
         assigned_coach_id, joined_at, visible_from, version) SELECT (SELECT org_id FROM groups), id, 'athlete', \
         last_name, last_name, last_name, '', 'active', NULL, 0, 0, 1 FROM users WHERE password_hash = ''"
            .to_owned(),
        "INSERT INTO group_members SELECT g.id, u.id, 0 FROM users u CROSS JOIN groups g WHERE u.password_hash = ''"
            .to_owned(),
    ] {
        cast.stage.execute(&sql).await;
    }
    let rows = "section[aria-labelledby=h-board] tbody tr";
    let page = cast.coach.get(&format!("/groups/{id}")).await;
    assert_eq!((page.texts(rows).len(), page.texts("#whole-board")), (200, vec!["Show all 232".to_owned()]));
    let whole = page.attributes("#whole-board", "href").remove(0);
    assert_eq!(cast.coach.get(&whole).await.texts(rows).len(), 232);
    let members = cast.coach.get(&format!("/groups/{id}/members")).await;
    assert_eq!(members.texts(".rows .two").len(), 200);
    assert_eq!(members.texts(".tabs .count"), ["232"]);
    let next = members.attributes("a[rel=next]", "href").remove(0);
    assert_eq!(cast.coach.get(&next).await.texts(".rows .two").len(), 32);
}
