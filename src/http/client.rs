//! Who asks, and where they think they are: addresses and origins, seen through trusted proxies.

use crate::config::{Config, Proxies, PublicUrl};
use axum::extract::FromRequestParts;
use http::header::{COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::error::ApiError;

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "snug_session";

/// The other end of the connection: the player, or a proxy. Put into every request by [`super::serve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The player's address and the scheme and host that they used. An extractor that always succeeds.
#[derive(Debug, Clone)]
pub struct Client {
    /// The player's address.
    pub ip: IpAddr,
    /// Host (and port) that the request was sent to, as the player sees it; empty if unknown.
    pub host: String,
    /// The player used https.
    pub secure: bool,
}

impl Client {
    /// Key for limits: the IPv4 address, or the /64 network of an IPv6 address, since anyone has a whole one.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(24);
        // Writing to a `String` cannot fail.
        let _ = match self.ip {
            IpAddr::V4(ip) => write!(key, "{ip}"),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                write!(key, "{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        };
        key
    }

    /// Finds out who asks.
    pub fn of(
        headers: &HeaderMap,
        peer: Option<Peer>,
        trusted: &Proxies,
        public: Option<&PublicUrl>,
    ) -> Self {
        // Without a peer (a test that calls the router directly) nobody is trusted.
        let peer =
            peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(address)| address.ip().to_canonical());
        let by_proxy = trusted.trust(peer);
        let said = |name: &str| if by_proxy { last(headers, name) } else { None };
        let host = said("x-forwarded-host").or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
        let secure = match public {
            Some(public) => public.secure(),
            None => said("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
        };
        let ip = if by_proxy { forwarded(headers, peer, trusted) } else { peer };
        Self { ip, host: host.unwrap_or_default().to_ascii_lowercase(), secure }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Arc<Self>>().map_or_else(
            // Outside the middleware: trust nothing.
            || Self::of(&parts.headers, parts.extensions.get().copied(), &Proxies::default(), None),
            |client| Self::clone(client),
        ))
    }
}

/// The last entry of a comma-separated header: the one that the nearest proxy wrote.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim).filter(|entry| !entry.is_empty())
}

/// The player's address: the rightmost entry of X-Forwarded-For that no trusted proxy has. Entries left of it could
/// be made up.
fn forwarded(headers: &HeaderMap, peer: IpAddr, trusted: &Proxies) -> IpAddr {
    let mut nearest = peer;
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for entry in value.to_str().unwrap_or_default().rsplit(',') {
            let Some(ip) = address(entry.trim()) else { return nearest };
            nearest = ip;
            if !trusted.trust(ip) {
                return ip;
            }
        }
    }
    nearest
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let ip = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip| ip.to_canonical())
}

/// Refuses what another web page makes a player's browser do. For requests that change something, and for sockets.
///
/// A browser says where a request comes from (`Origin`, `Sec-Fetch-Site`); that must be us. A program that says
/// nothing of the kind and does not carry our cookie is not a browser acting for someone, and may go on.
pub fn check_origin(config: &Config, headers: &HeaderMap, client: &Client) -> Result<(), ApiError> {
    let refused = |why: String| Err(ApiError::forbidden("wrong_origin", why));
    let ours = config.public_url.as_ref().map_or_else(|| client.host.clone(), |url| url.as_str().to_owned());
    if let Some(origin) = headers.get(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
        let same = match &config.public_url {
            Some(url) => origin == url.as_str(),
            None => !client.host.is_empty() && same_host(&origin, &client.host),
        };
        return if same {
            Ok(())
        } else {
            refused(format!("Open the page at {ours} and try again from there."))
        };
    }
    match headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes) {
        // `none`: the player typed the address.
        Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => refused(format!("Open the page at {ours} and try again from there.")),
        None if has_session(headers) => refused(
            "A request with a session cookie needs an Origin header; programs use a bearer token.".to_owned(),
        ),
        None => Ok(()),
    }
}

/// Whether [`check_origin`] is due: reading needs none, since other pages cannot see the answer.
pub(crate) fn needs_origin(method: &Method, path: &str) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || path == "/ws"
}

/// Whether an origin (`https://host:port`) is at `host` (as in a Host header), default ports left out or not.
fn same_host(origin: &str, host: &str) -> bool {
    let (default, authority) = match origin.split_once("://") {
        Some(("http", authority)) => (":80", authority),
        Some(("https", authority)) => (":443", authority),
        _ => return false,
    };
    authority.strip_suffix(default).unwrap_or(authority) == host.strip_suffix(default).unwrap_or(host)
}

/// Whether our cookie is there.
fn has_session(headers: &HeaderMap) -> bool {
    session_cookie(headers).is_some()
}

/// The value of our cookie; the last one if there are several.
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(name, value)| *name == SESSION_COOKIE && !value.is_empty())
        .map(|(_, value)| value)
        .next_back()
}

/// The bearer token of the `Authorization` header.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn peer(ip: &str) -> Peer {
        Peer(SocketAddr::new(ip.parse().unwrap(), 1234))
    }

    fn proxies(nets: &[&str]) -> Proxies {
        Proxies(nets.iter().map(|net| net.parse().unwrap()).collect())
    }

    #[test]
    fn the_players_address_is_found_behind_trusted_proxies_only() {
        let list = "1.1.1.1, 192.0.2.100, 10.0.0.1, 10.0.0.2";
        for (peer_ip, trusted, forwarded, found) in [
            ("10.0.0.3", &["10.0.0.0/8"][..], list, "192.0.2.100"),
            ("10.0.0.3", &[][..], list, "10.0.0.3"),
            ("203.0.113.9", &["10.0.0.0/8"][..], list, "203.0.113.9"),
            ("10.0.0.3", &["10.0.0.0/8"][..], "10.0.0.1, 10.0.0.2", "10.0.0.1"),
            ("10.0.0.3", &["10.0.0.0/8"][..], "1.1.1.1, nonsense, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.3", &["10.0.0.0/8"][..], "nonsense", "10.0.0.3"),
            ("10.0.0.3", &["10.0.0.0/8"][..], "", "10.0.0.3"),
            ("::1", &["::1"][..], "2001:db8::5", "2001:db8::5"),
            ("::1", &["::1"][..], "[2001:db8::5]:4711", "2001:db8::5"),
            ("::1", &["::1"][..], "192.0.2.7:4711", "192.0.2.7"),
            ("::ffff:10.0.0.3", &["10.0.0.0/8"][..], "192.0.2.7", "192.0.2.7"),
        ] {
            let headers = headers(&[("x-forwarded-for", forwarded)]);
            let client = Client::of(&headers, Some(peer(peer_ip)), &proxies(trusted), None);
            assert_eq!(client.ip.to_string(), found, "{peer_ip} {trusted:?} {forwarded}");
        }
        // Several headers are one list.
        let headers = headers(&[("x-forwarded-for", "9.9.9.9"), ("x-forwarded-for", "192.0.2.7, 10.0.0.1")]);
        let client = Client::of(&headers, Some(peer("10.0.0.3")), &proxies(&["10.0.0.0/8"]), None);
        assert_eq!(client.ip.to_string(), "192.0.2.7");
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_key() {
        let key = |ip: &str| Client { ip: ip.parse().unwrap(), host: String::new(), secure: false }.key();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::9"));
        assert_ne!(key("2001:db8:1:2::9"), key("2001:db8:1:3::9"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn scheme_and_host_are_taken_from_trusted_proxies_only() {
        let headers = headers(&[
            ("host", "127.0.0.1:8080"),
            ("x-forwarded-host", "Snug.Example"),
            ("x-forwarded-proto", "https"),
        ]);
        let client = Client::of(&headers, Some(peer("127.0.0.1")), &Proxies::loopback(), None);
        assert_eq!((client.host.as_str(), client.secure), ("snug.example", true));
        let client = Client::of(&headers, Some(peer("127.0.0.1")), &Proxies::default(), None);
        assert_eq!((client.host.as_str(), client.secure), ("127.0.0.1:8080", false));
    }

    #[test]
    fn only_our_own_page_may_act_for_a_player() {
        let check = |public: Option<&str>, pairs: &[(&'static str, &str)]| {
            let config = Config { public_url: public.map(|url| url.parse().unwrap()), ..Config::default() };
            let headers = headers(pairs);
            let client = Client::of(
                &headers,
                Some(peer("192.0.2.1")),
                &config.trusted_proxies,
                config.public_url.as_ref(),
            );
            check_origin(&config, &headers, &client).is_ok()
        };
        let cookie = ("cookie", "a=b; snug_session=x");
        let host = ("host", "192.168.1.5:8080");
        // Browsers on the page.
        assert!(check(None, &[host, cookie, ("origin", "http://192.168.1.5:8080")]));
        assert!(check(None, &[("host", "snug.example"), cookie, ("origin", "https://snug.example")]));
        assert!(check(None, &[("host", "snug.example:443"), ("origin", "https://snug.example")]));
        assert!(check(None, &[host, cookie, ("sec-fetch-site", "same-origin")]));
        assert!(check(Some("https://snug.example"), &[host, cookie, ("origin", "https://snug.example")]));
        // Browsers on other pages.
        assert!(!check(None, &[host, cookie, ("origin", "http://evil.example")]));
        assert!(!check(None, &[host, ("origin", "http://evil.example")]));
        assert!(!check(None, &[host, ("origin", "null")]));
        assert!(!check(None, &[host, cookie, ("sec-fetch-site", "cross-site")]));
        assert!(!check(None, &[host, cookie, ("sec-fetch-site", "same-site")]));
        assert!(!check(None, &[host, ("origin", "http://192.168.1.5:9090")]));
        assert!(!check(None, &[("host", "snug.example"), ("origin", "https://snug.example.evil.example")]));
        assert!(!check(None, &[("origin", "http://")]));
        assert!(!check(Some("https://snug.example"), &[host, ("origin", "http://192.168.1.5:8080")]));
        // Programs.
        assert!(check(None, &[host]));
        assert!(check(None, &[host, ("authorization", "Bearer x")]));
        assert!(!check(None, &[host, cookie]));
    }

    #[test]
    fn session_and_bearer_are_read() {
        let both = headers(&[
            ("cookie", "snug_session=old; x=y; snug_session=new"),
            ("authorization", "bearer t0k"),
        ]);
        assert_eq!(session_cookie(&both), Some("new"));
        assert_eq!(bearer_token(&both), Some("t0k"));
        let none = headers(&[("cookie", "snug_session=; xsnug_session=1"), ("authorization", "Basic x")]);
        assert_eq!(session_cookie(&none), None);
        assert_eq!(bearer_token(&none), None);
    }
}
