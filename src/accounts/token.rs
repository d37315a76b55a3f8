//! Tokens and codes. What could let somebody in never shows in a log: `Debug` hides it, and only hashes are stored.

use crate::store::ids::random;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What a client proves its session with: 32 random bytes as 43 characters of base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Draws one.
    pub(super) fn new() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::<32>()))
    }

    /// The token itself, for the cookie or the answer that hands it over.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> SessionHash {
        SessionHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The hash of what a client sent, `None` when it does not even look like a token.
    pub(super) fn hash_of(sent: &str) -> Option<SessionHash> {
        let shaped = sent.len() == 43
            && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        shaped.then(|| SessionHash(Sha256::digest(sent.as_bytes()).into()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The SHA-256 of a session's token: names the session within the server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionHash(pub(super) [u8; 32]);

impl SessionHash {
    /// The hash itself, by which sockets are found.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionHash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// Letters and digits that nobody confuses: no 0 and O, 1, I and L, U and V, and no vowel that makes words.
const ALPHABET: &[u8; 25] = b"23456789BCDFGHJKMNPQRTVWX";
/// Characters of a code: 25⁸ are 37 bits, for five minutes and behind a rate limit.
const LENGTH: usize = 8;

/// A one-time code that moves a session to another device.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferCode(String);

impl TransferCode {
    /// Draws one.
    pub(super) fn new() -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            for byte in random::<16>() {
                // 250 is the largest multiple of 25 in a byte: every character is equally likely.
                if byte < 250 && code.len() < LENGTH {
                    code.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
                }
            }
        }
        Self(code)
    }

    /// Reads what a person typed: case, spaces and dashes do not matter.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 64 {
            return None;
        }
        let code: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let shaped = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        shaped.then_some(Self(code))
    }

    /// The code itself, for the link and the page of its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for TransferCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_opens_a_door_shows_in_debug_output() {
        let (token, code) = (Token::new(), TransferCode::new());
        let shown = format!("{token:?} {code:?} {:?} {:#?}", token.hash(), (&token, &code));
        assert!(!shown.contains(token.expose()) && !shown.contains(code.expose()), "{shown}");
        let [a, b, c, ..] = token.hash().0;
        assert!(!shown.contains(&format!("{a:02x}{b:02x}{c:02x}")), "{shown}");
    }

    #[test]
    fn tokens_are_recognised_by_shape() {
        let token = Token::new();
        assert_eq!(Token::hash_of(token.expose()), Some(token.hash()));
        for bad in ["", "x", &format!("{}=", token.expose()), &"é".repeat(22), &" ".repeat(43)] {
            assert_eq!(Token::hash_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn codes_forgive_how_they_are_typed() {
        let code = TransferCode::new();
        let typed = format!(" {}-{} ", &code.expose()[..4].to_lowercase(), &code.expose()[4..]);
        assert_eq!(TransferCode::parse(&typed), Some(code));
        for bad in ["", "2345678", "234567899", "2345678O", "ÄÄÄÄ", &"2".repeat(100)] {
            assert_eq!(TransferCode::parse(bad), None, "{bad}");
        }
    }
}
