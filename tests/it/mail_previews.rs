//! Every kind of mail: what it says, the same in both parts, and the pages on which it can be looked at.

use axum::http::StatusCode;
use harrier::app::mails::Kind;
use harrier::app::{App, Settings};

use crate::support::{Person, cast};

#[tokio::test]
async fn every_kind_says_the_same_in_both_parts_and_why_it_came() {
    let cast = cast().await;
    for kind in Kind::ALL {
        let letter = cast.stage.app.sample_letter(*kind);
        assert_eq!(letter.kind, *kind, "a kind is what its letter says it is");
        let (text, html) = (letter.text(), letter.html());
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let page = scraper::Html::parse_document(&html);
        let read = words(&page.root_element().text().collect::<String>());
        for paragraph in text.split("\n\n") {
            let said = words(paragraph.trim_start_matches("-- "));
            // A link is a button with its address below it.
            let said = said.split(": http").next().unwrap_or_default();
            assert!(read.contains(said), "{kind}: {said:?} in {read:?}");
        }
        for link in text.split_whitespace().filter(|word| word.starts_with("http")) {
            assert!(link.starts_with("http://harrier.test/"), "{kind}: {link}");
            assert!(html.contains(&format!("href=\"{link}\"")), "{kind}: {link}");
        }
        assert!(text.contains(&format!("This went to {}", letter.to)), "{kind}: {text}");
        assert!(text.lines().all(|line| line.len() <= 78 || line.starts_with("http")), "{kind}: {text}");
        assert!(letter.subject.chars().count() <= 78 && !letter.subject.contains("http"), "{kind}");
    }
}

#[tokio::test]
async fn the_pages_are_there_only_where_they_were_switched_on() {
    let cast = cast().await;
    let settings = Settings { shows_mails: true, ..cast.stage.app.settings().clone() };
    let app: App = cast.stage.with_settings(settings).await;
    let anyone: Person = cast.anonymous.nobody(app);
    let index = anyone.get("/dev/mails").await;
    assert_eq!(index.attributes(".rows .two a", "href").len(), Kind::ALL.len());
    for kind in Kind::ALL {
        let page = anyone.get(&format!("/dev/mails/{kind}")).await;
        assert_eq!((page.status, page.texts("pre").len()), (StatusCode::OK, 1));
        let html = anyone.get(&format!("/dev/mails/{kind}/html")).await;
        assert!(html.header("content-security-policy").contains("style-src 'unsafe-inline'"));
        assert!(html.header("content-security-policy").starts_with("default-src 'none'"));
    }
    assert_eq!(anyone.get("/dev/mails/nothing").await.status, StatusCode::NOT_FOUND);
    let usual = cast.anonymous.get("/dev/mails").await;
    assert_eq!(usual.status, StatusCode::NOT_FOUND);
    assert!(!usual.header("content-security-policy").contains("unsafe"));
}
