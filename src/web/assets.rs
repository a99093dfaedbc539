//! Style sheet, script and icons: built into the program, compressed by `build.rs`, under names that carry
//! their fingerprint, so a browser may keep them for ever.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

struct Asset {
    name: &'static str,
    path: &'static str,
    content_type: &'static str,
    identity: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The path of an asset, for example `asset("app.css")` → `/assets/app-1a2b3c4d5e6f.css`.
///
/// An unknown name gives an empty string, which a test of every template would show as a broken link.
pub fn asset(name: &str) -> &'static str {
    ASSETS.iter().find(|a| a.name == name).map_or("", |a| a.path)
}

/// The path of one icon, for `<use href>`: `icon("plus")` → `/assets/icons-….svg#i-plus`.
pub fn icon(name: &str) -> String {
    format!("{}#i-{name}", asset("icons.svg"))
}

/// What an asset holds, for documents that carry it with them.
pub fn text(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|a| a.name == name);
    found.and_then(|asset| std::str::from_utf8(asset.identity).ok()).unwrap_or_default()
}

/// Answers `GET /assets/{file}`.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let found = ASSETS.iter().find(|a| a.path.strip_prefix("/assets/") == Some(file.as_str()));
    let Some(asset) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let common = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (VARY, "accept-encoding"),
    ];
    match negotiate(&headers) {
        Encoding::Brotli => (common, [(CONTENT_ENCODING, "br")], asset.brotli).into_response(),
        Encoding::Gzip => (common, [(CONTENT_ENCODING, "gzip")], asset.gzip).into_response(),
        Encoding::Identity => (common, asset.identity).into_response(),
    }
}

#[derive(Debug, PartialEq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

/// The smallest form the browser takes (RFC 9110, section 12.5.3). Weights other than zero do not matter:
/// whoever accepts both gets brotli.
fn negotiate(headers: &HeaderMap) -> Encoding {
    let accepts = |wanted: &str| {
        let offers = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
        offers.flat_map(|v| v.split(',')).any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let coding = parts.next().unwrap_or_default();
            let refused = parts
                .filter_map(|p| p.strip_prefix("q="))
                .any(|q| q.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0));
            coding.eq_ignore_ascii_case(wanted) && !refused
        })
    };
    if accepts("br") {
        Encoding::Brotli
    } else if accepts("gzip") {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str, encoding: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let router: axum::Router = axum::Router::new().route("/assets/{file}", get(serve));
        let request = Request::get(path).header(ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    #[test]
    fn names_carry_a_fingerprint() {
        for (name, end) in
            [("app.css", ".css"), ("app.js", ".js"), ("icons.svg", ".svg"), ("favicon.svg", ".svg")]
        {
            let path = asset(name);
            assert!(path.starts_with("/assets/") && path.ends_with(end) && path.contains('-'), "{path}");
        }
        assert_eq!(asset("nothing.css"), "");
        assert!(icon("plus").ends_with(".svg#i-plus"));
    }

    #[tokio::test]
    async fn serves_the_best_encoding_and_lets_it_be_kept() {
        let path = asset("app.css");
        let (status, headers, plain) = fetch(path, "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(!headers.contains_key(CONTENT_ENCODING));

        let (_, headers, packed) = fetch(path, "gzip, deflate, br;q=0").await;
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain);

        let (_, headers, smallest) = fetch(path, "gzip, br").await;
        assert_eq!(headers[CONTENT_ENCODING], "br");
        assert!(smallest.len() < packed.len());
    }

    #[tokio::test]
    async fn unknown_files_are_not_found() {
        for path in ["/assets/app.css", "/assets/app-000000000000.css", "/assets/..%2fCargo.toml"] {
            assert_eq!(fetch(path, "br").await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn style_sheet_stays_small() {
        let css = ASSETS.iter().find(|a| a.name == "app.css").unwrap();
        assert!(css.brotli.len() < 12_000, "{}", css.brotli.len());
        let js = ASSETS.iter().find(|a| a.name == "app.js").unwrap();
        assert!(js.brotli.len() < 20_000, "{}", js.brotli.len());
    }
}
