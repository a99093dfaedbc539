//! What every answer carries and every request is asked: security headers, and where it came from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Site;

/// No inline script or style, nothing from elsewhere, no framing.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/// Sets the headers of every answer, where the handler has not set its own.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    // What belongs to a person must not come back from a cache after they signed out; static files set
    // their own.
    set(header::CACHE_CONTROL, "no-store");
    response
}

/// Whose `X-Forwarded-For` counts: `HARRIER_TRUSTED_PROXIES`, addresses or networks.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<(IpAddr, u8)>);

impl Proxies {
    /// Reads a comma-separated list such as `127.0.0.1, 10.0.0.0/8`.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, bits)| match (network, address) {
            (IpAddr::V4(n), IpAddr::V4(a)) => prefix(u32::from(*n).into(), u32::from(a).into(), 32, *bits),
            (IpAddr::V6(n), IpAddr::V6(a)) => prefix(u128::from(*n), u128::from(a), 128, *bits),
            _ => false,
        })
    }
}

fn network(text: &str) -> Result<(IpAddr, u8), String> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().map_err(|_| format!("“{text}” is not an address or network"))?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => width,
        Some(b) => b.parse().ok().filter(|b| *b <= width).ok_or(format!("“{text}” is not a network"))?,
    };
    Ok((address, bits))
}

fn prefix(network: u128, address: u128, width: u8, bits: u8) -> bool {
    bits == 0 || (network ^ address) >> (width - bits) == 0
}

/// The network address that a request counts for.
#[derive(Debug, Clone)]
pub struct Source(pub String);

/// Notes where the request came from: the peer, or what a trusted proxy says of it.
pub async fn source(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical());
    let source = match peer {
        None => "unknown".to_owned(),
        Some(peer) => {
            forwarded(&site.proxies, peer, request.headers().get_all("x-forwarded-for").iter()).to_string()
        }
    };
    request.extensions_mut().insert(Source(source));
    next.run(request).await
}

/// Walks the chain from the nearest hop outwards as long as the hops are trusted. A proxy passes on what the
/// client wrote and puts its own word at the end: bytes that are no text further out take nothing from that.
fn forwarded<'a>(proxies: &Proxies, peer: IpAddr, values: impl Iterator<Item = &'a HeaderValue>) -> IpAddr {
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let mut source = peer;
    for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        if !proxies.trusts(source) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => source = address.to_canonical(),
            Err(_) => break,
        }
    }
    source
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Source {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Source>().cloned().unwrap_or(Source("unknown".to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_all(proxies: &str, peer: &str, headers: &[&[u8]]) -> String {
        let values: Vec<_> = headers.iter().map(|bytes| HeaderValue::from_bytes(bytes).unwrap()).collect();
        forwarded(&Proxies::parse(proxies).unwrap(), peer.parse().unwrap(), values.iter()).to_string()
    }

    fn from(proxies: &str, peer: &str, header: &str) -> String {
        from_all(proxies, peer, &[header.as_bytes()])
    }

    #[test]
    fn what_a_client_writes_takes_nothing_from_what_the_proxy_says() {
        let local = "127.0.0.1";
        assert_eq!(from_all(local, local, &[b"\xff\xfe, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(from_all(local, local, &["ü, 198.51.100.1".as_bytes()]), "198.51.100.1");
        // In lines of their own, the last is the nearest.
        assert_eq!(from_all(local, local, &[b"6.6.6.6, \x80", b"198.51.100.1"]), "198.51.100.1");
        assert_eq!(from_all(local, local, &[b"198.51.100.1, 127.0.0.1", b"127.0.0.1"]), "198.51.100.1");
        // The proxy's own word is no address: then it is the proxy that counts.
        assert_eq!(from_all(local, local, &[b"198.51.100.1, \xff"]), local);
        assert_eq!(from_all(local, "203.0.113.9", &[b"\xff, 198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(from("", "203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(from("127.0.0.1", "127.0.0.1", "198.51.100.1"), "198.51.100.1");
        // What a client writes into the header itself stands further out and is not reached.
        assert_eq!(from("127.0.0.1", "127.0.0.1", "6.6.6.6, 198.51.100.1"), "198.51.100.1");
        assert_eq!(from("127.0.0.1,10.0.0.0/8", "127.0.0.1", "198.51.100.1, 10.2.3.4"), "198.51.100.1");
        assert_eq!(from("127.0.0.1", "127.0.0.1", "nonsense"), "127.0.0.1");
        assert!(Proxies::parse("10.0.0.0/33").is_err());
        assert!(Proxies::parse("example.org").is_err());
    }
}
