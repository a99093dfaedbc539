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
