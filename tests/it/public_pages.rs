//! What is open to everybody: how it is laid out, and what it says.

use crate::support::cast;

#[tokio::test]
async fn long_public_pages_are_as_wide_as_inside() {
    let cast = cast().await;
    for path in ["/how", "/api/docs"] {
        let page = cast.anonymous.get(path).await;
        assert!(page.texts(".lanes").is_empty(), "{path}");
        assert_eq!(page.texts("main.page h1").len(), 1, "{path}");
        assert!(page.texts(".top a").contains(&"Sign in".to_owned()), "{path}");
        assert_eq!(page.texts(".top [aria-current]").len(), 1, "{path}");
        let inside = cast.athlete.get(path).await;
        assert!(inside.texts(".top").is_empty(), "{path}");
        assert_eq!(inside.texts(".side .brand").len(), 1, "{path}");
    }
    // Signing in is one short form, and keeps its lanes.
    assert_eq!(cast.anonymous.get("/session/new").await.texts(".lanes").len(), 1);
}

#[tokio::test]
async fn the_reference_says_what_to_send_and_shows_no_raw_marks() {
    let cast = cast().await;
    let page = cast.anonymous.get("/api/docs").await;
    let start = page.texts(".api-start").join(" ");
    assert!(start.contains("/api/v1/auth/me") && start.contains("\"code\": \"NOT_FOUND\""), "{start}");
    assert!(page.texts("main").iter().all(|text| !text.contains('`')));
    assert_eq!(cast.anonymous.api("GET", "/nothing", None).await.json()["details"]["code"], "NOT_FOUND");

    let document = cast.anonymous.api("GET", "/openapi.json", None).await.json();
    let parameter = |path: &str, name: &str| {
        let all = document["paths"][path]["get"]["parameters"].as_array().expect("parameters").clone();
        all.into_iter().find(|p| p["name"] == name).expect("the parameter")["schema"].clone()
    };
    assert_eq!(parameter("/activities", "limit")["type"], "integer");
    assert_eq!(parameter("/activities", "start_date")["format"], "date");
    let kinds = &parameter("/activities", "activity_type")["enum"];
    assert!(kinds.as_array().is_some_and(|words| words.contains(&"run".into())), "{kinds}");
    let file = &document["paths"]["/activities/{activity_id}/file"]["get"]["responses"]["200"]["content"];
    assert_eq!(file["application/octet-stream"]["schema"]["format"], "binary");
}
