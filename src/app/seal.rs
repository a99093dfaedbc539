//! Sealing what must not be read in the database: mails until they are sent, later the keys of connected services.
//! XChaCha20-Poly1305 (RFC 8439 with a nonce of 24 bytes, which may be random), under one key of the operator's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::App;
use super::error::{Error, Result};

/// In bytes.
const NONCE: usize = 24;

/// The key that seals. Printing it tells nothing.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 32 bytes as base64, with `+/` or `-_`, padded or not.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.trim().trim_end_matches('=').replace('-', "+").replace('_', "/");
        let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(plain).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As [`Key::parse`] reads it.
    pub fn text(&self) -> String {
        STANDARD.encode(self.0)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }

    /// What was sealed for this purpose; `None` where the key or the purpose is another one, or it was tampered
    /// with.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: text, aad: purpose.as_bytes() };
        self.cipher().decrypt(&XNonce::from(nonce), payload).ok()
    }

    fn seal(&self, nonce: [u8; NONCE], purpose: &str, text: &[u8]) -> Option<String> {
        let payload = Payload { msg: text, aad: purpose.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }
}

impl App {
    /// Seals a text for one purpose, such as the id of a mail: what was sealed for one opens for no other.
    pub(super) fn seal(&self, purpose: &str, text: &[u8]) -> Result<String> {
        let mut nonce = [0u8; NONCE];
        self.entropy().fill(&mut nonce);
        let sealed = self.settings().key.seal(nonce, purpose, text);
        sealed.ok_or_else(|| Error::internal("a text could not be sealed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_purpose_alone() {
        let (key, other) = (Key::new([7; 32]), Key::new([8; 32]));
        let sealed = key.seal([1; NONCE], "mail_1", b"a link").unwrap();
        assert_eq!(key.open("mail_1", &sealed).unwrap(), b"a link");
        assert!(other.open("mail_1", &sealed).is_none());
        assert!(key.open("mail_2", &sealed).is_none());
        let mut bytes = STANDARD.decode(&sealed).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert!(key.open("mail_1", &STANDARD.encode(bytes)).is_none());
        for odd in ["", "?", "AAAA"] {
            assert!(key.open("mail_1", odd).is_none());
        }
        assert!(!sealed.contains("link") && !format!("{key:?}").contains('7'));
    }

    #[test]
    fn a_key_is_read_as_people_make_it() {
        let key = Key::new([0xfb; 32]);
        let text = key.text();
        for written in
            [text.clone(), text.trim_end_matches('=').to_owned(), text.replace('+', "-").replace('/', "_")]
        {
            assert_eq!(Key::parse(&written).unwrap().text(), text);
        }
        for wrong in ["", "short", &STANDARD.encode([1; 31]), &STANDARD.encode([1; 33])] {
            assert!(Key::parse(wrong).is_none(), "{wrong}");
        }
    }
}
