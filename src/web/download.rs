//! Files as attachments, never shown by the browser on this site: what people sent, given back, and PDFs.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Bytes as an attachment of this name.
pub fn download(name: &str, bytes: Vec<u8>) -> Response {
    attachment(name, "application/octet-stream", bytes)
}

/// A PDF that was made here, as an attachment of this name.
pub fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    attachment(name, "application/pdf", bytes)
}

fn attachment(name: &str, content_type: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = HeaderValue::from_str(&disposition(name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, bytes).into_response()
}

/// The name twice: in plain ASCII for old programs, and percent-encoded (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        assert_eq!(
            disposition("a\"; x=\"b\r\nSet-Cookie: é.fit"),
            "attachment; filename=\"a_;_x=_b__Set-Cookie:__.fit\"; \
             filename*=UTF-8''a%22%3B%20x%3D%22b%0D%0ASet-Cookie%3A%20%C3%A9.fit"
        );
    }
}
