//! The settings that are more than a number or a string: each is checked where it is read.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// The origin that players use: scheme, host and port, nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    /// `https://snug.example`, lower case, without a default port and without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether players come by https.
    pub fn secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write it like \"https://snug.example\" or \"http://192.168.1.5:8080\"";
        let uri: http::Uri = text.trim().parse().map_err(|_| format!("{text:?} is not a URL; {example}"))?;
        let Some(scheme @ ("http" | "https")) = uri.scheme_str() else {
            return Err(format!("{text:?} does not begin with http:// or https://; {example}"));
        };
        let authority = uri.authority().ok_or_else(|| format!("{text:?} names no host; {example}"))?;
        if authority.as_str().contains('@') {
            return Err(format!("{text:?} must not carry a user name or password; {example}"));
        }
        if uri.path() != "/" || uri.query().is_some() || text.contains('#') {
            return Err(format!(
                "{text:?} must end after the host and port: Snug cannot live below a path; {example}"
            ));
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(format!("{text:?} names no host; {example}"));
        }
        // `port_u16` is also `None` for "host:" and "host:99999".
        let port = match authority.port_u16() {
            None if authority.as_str().len() > authority.host().len() => {
                return Err(format!("{text:?} has a bad port; {example}"));
            }
            None => None,
            Some(port) => Some(port).filter(|port| !matches!((scheme, port), ("http", 80) | ("https", 443))),
        };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Ok(Self { origin: format!("{scheme}://{host}{port}") })
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.origin
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// A network, or one address: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Net {
    address: IpAddr,
    prefix: u8,
}

impl Net {
    /// Whether `ip` is in it. An IPv4 address that arrives as IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                same(u32::from(net).into(), u32::from(ip).into(), 32 - self.prefix)
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => same(net.into(), ip.into(), 128 - self.prefix),
            _ => false,
        }
    }
}

/// Whether `a` and `b` are equal but for their lowest `free` bits.
fn same(a: u128, b: u128, free: u8) -> bool {
    (a ^ b).checked_shr(u32::from(free)).unwrap_or(0) == 0
}

impl FromStr for Net {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?} is neither an address nor a network; write it like \"10.0.0.0/8\" or \"127.0.0.1\""
            )
        };
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| bad())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse::<u8>).map_err(|_| bad())?;
        if prefix > widest {
            return Err(bad());
        }
        Ok(Self { address, prefix })
    }
}

impl TryFrom<String> for Net {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Net> for String {
    fn from(net: Net) -> Self {
        format!("{}/{}", net.address, net.prefix)
    }
}

/// Reverse proxies that are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proxies(pub Vec<Net>);

impl Proxies {
    /// Whether one of them is at `ip`.
    pub fn trust(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(ip))
    }

    /// Proxies on this machine, for tests and examples.
    pub fn loopback() -> Self {
        Self(vec![Net { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), prefix: 8 }])
    }
}

/// A level, or levels by part, as `tracing_subscriber::EnvFilter` reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogFilter(String);

impl LogFilter {
    /// The directives.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl TryFrom<String> for LogFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // A single word that is no level would be taken for the name of a part, and nothing would be logged.
        let level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word);
        let known = text.split(',').all(|part| part.contains('=') || level(part.trim()));
        if !known || tracing_subscriber::EnvFilter::builder().parse(&text).is_err() {
            return Err(format!(
                "{text:?} is no level; use error, warn, info, debug or trace, or by part \"info,snug::room=debug\""
            ));
        }
        Ok(Self(text))
    }
}

impl From<LogFilter> for String {
    fn from(filter: LogFilter) -> Self {
        filter.0
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// `Pretty` on a terminal, `Json` otherwise.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        for (text, origin) in [
            ("https://Snug.Example", "https://snug.example"),
            ("https://snug.example/", "https://snug.example"),
            ("https://snug.example:443", "https://snug.example"),
            ("http://192.168.1.5:8080", "http://192.168.1.5:8080"),
            ("http://[fd00::1]:80", "http://[fd00::1]"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().as_str(), origin, "{text}");
        }
        for text in [
            "",
            "snug.example",
            "ftp://snug.example",
            "https://",
            "https://a@b.example",
            "https://snug.example/play",
            "https://snug.example?x=1",
            "https://snug.example#x",
            "https://snug.example:99999",
            "https://snug.example:",
            "https://snug example",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_network_contains_its_addresses() {
        let net = |text: &str| text.parse::<Net>().unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(net("10.0.0.0/8").contains(ip("10.255.1.2")));
        assert!(!net("10.0.0.0/8").contains(ip("11.0.0.1")));
        assert!(net("10.0.0.0/8").contains(ip("::ffff:10.1.2.3")));
        assert!(net("0.0.0.0/0").contains(ip("203.0.113.9")));
        assert!(!net("0.0.0.0/0").contains(ip("2001:db8::1")));
        assert!(net("::/0").contains(ip("2001:db8::1")));
        assert!(net("127.0.0.1").contains(ip("127.0.0.1")));
        assert!(!net("127.0.0.1").contains(ip("127.0.0.2")));
        assert!(net("2001:db8::/32").contains(ip("2001:db8:1::1")));
        for text in ["", "10.0.0.0/33", "10.0.0.0/x", "host", "::1/129", "10.0.0.0/-1"] {
            assert!(text.parse::<Net>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_log_level_that_would_silence_everything_is_refused() {
        for text in ["info", "off", "debug,hyper=warn", "snug::room=trace"] {
            assert!(LogFilter::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["inof", "", "snug=loud", "verbose,hyper=warn"] {
            assert!(LogFilter::try_from(text.to_owned()).is_err(), "{text:?} was taken");
        }
    }
}
