//! The addresses that invitations and QR codes point to. Never localhost: they are for other people's phones.

use super::client::Client;
use crate::config::Config;
use std::net::{IpAddr, SocketAddr};

/// Where players find this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The best origin, without a slash at the end.
    pub base: String,
    /// All origins in this machine's networks, best first; empty when a public URL is set or only this machine can
    /// connect.
    pub lan: Vec<String>,
}

impl Links {
    /// The link of a room.
    pub fn room(&self, code: &str) -> String {
        format!("{}/r/{code}", self.base)
    }

    /// The same for every network.
    pub fn lan_rooms(&self, code: &str) -> Vec<String> {
        self.lan.iter().map(|origin| format!("{origin}/r/{code}")).collect()
    }

    /// The link of the page at `path`, which begins with a slash.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// Finds the links for whoever asks: `public_url`, else the host they used unless that is this machine's own name for
/// itself, else the address in the local network. `listen` is the address that the server really listens on.
pub fn links(config: &Config, client: &Client, listen: SocketAddr) -> Links {
    if let Some(url) = &config.public_url {
        return Links { base: url.as_str().to_owned(), lan: Vec::new() };
    }
    let lan = lan_origins(listen);
    let base = if sane_host(&client.host) && !is_local(&client.host) {
        format!("{}://{}", if client.secure { "https" } else { "http" }, client.host)
    } else {
        lan.first().cloned().unwrap_or_else(|| by_name(listen.port()))
    };
    Links { base, lan }
}

/// The origins of `listen` in this machine's networks, best first.
pub fn lan_origins(listen: SocketAddr) -> Vec<String> {
    let addresses = if listen.ip().is_unspecified() {
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        best_first(interfaces.into_iter().map(|interface| (interface.name.clone(), interface.ip())).collect())
    } else if listen.ip().is_loopback() {
        Vec::new()
    } else {
        vec![listen.ip()]
    };
    let ipv4_only = listen.is_ipv4();
    let usable = addresses.into_iter().filter(|ip| ip.is_ipv4() || !ipv4_only);
    usable.map(|ip| origin(ip, listen.port())).collect()
}

fn origin(ip: IpAddr, port: u16) -> String {
    let port = if port == 80 { String::new() } else { format!(":{port}") };
    match ip {
        IpAddr::V4(ip) => format!("http://{ip}{port}"),
        IpAddr::V6(ip) => format!("http://[{ip}]{port}"),
    }
}

/// A machine without any network still has a name, and that is not localhost.
fn by_name(port: u16) -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim().to_ascii_lowercase();
    let name = if sane_host(&name) && !is_local(&name) { name } else { "snug.local".to_owned() };
    format!("http://{name}:{port}")
}

/// Addresses that phones in the same network can reach, private IPv4 first; containers' and virtual machines'
/// networks left out.
fn best_first(mut interfaces: Vec<(String, IpAddr)>) -> Vec<IpAddr> {
    const VIRTUAL: [&str; 9] = ["docker", "veth", "br-", "virbr", "cni", "flannel", "podman", "lxc", "vmnet"];
    interfaces.retain(|(name, ip)| {
        let out_of_reach = match ip {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified(),
        };
        !out_of_reach && !VIRTUAL.iter().any(|prefix| name.starts_with(prefix))
    });
    // Home networks, then other private ones, then public IPv4, then tunnels, then IPv6. A stable sort keeps the
    // system's order within each.
    interfaces.sort_by_key(|(name, ip)| match ip {
        IpAddr::V4(_)
            if ["tun", "tap", "wg", "tailscale", "zt", "ppp"]
                .iter()
                .any(|prefix| name.starts_with(prefix)) =>
        {
            4
        }
        IpAddr::V4(ip) if ip.octets()[..2] == [192, 168] => 0,
        IpAddr::V4(ip) if ip.octets()[0] == 10 => 1,
        IpAddr::V4(ip) if ip.is_private() => 2,
        IpAddr::V4(_) => 3,
        IpAddr::V6(_) => 5,
    });
    interfaces.into_iter().map(|(_, ip)| ip).collect()
}

/// Whether a host (with or without port) is a machine's own name for itself.
pub fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches([']', '.']);
    match name.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().is_loopback() || ip.to_canonical().is_unspecified(),
        Err(_) => name.is_empty() || name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Whether a Host header holds a host and nothing that could mean something in a link.
fn sane_host(host: &str) -> bool {
    (1..=255).contains(&host.len())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]_".contains(&b))
        && host.parse::<http::uri::Authority>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(host: &str, secure: bool) -> Client {
        Client { ip: IpAddr::from([192, 0, 2, 1]), host: host.to_owned(), secure }
    }

    fn everywhere() -> SocketAddr {
        "0.0.0.0:8080".parse().unwrap()
    }

    #[test]
    fn the_public_url_wins() {
        let config =
            Config { public_url: Some("https://snug.example".parse().unwrap()), ..Config::default() };
        let links = links(&config, &client("192.168.1.5:8080", false), everywhere());
        assert_eq!(links.room("ABC234"), "https://snug.example/r/ABC234");
        assert!(links.lan.is_empty());
    }

    #[test]
    fn else_the_host_that_was_used() {
        let config = Config::default();
        for (host, secure, base) in [
            ("192.168.1.5:8080", false, "http://192.168.1.5:8080"),
            ("snug.example", true, "https://snug.example"),
            ("[fd00::1]:8080", false, "http://[fd00::1]:8080"),
        ] {
            assert_eq!(links(&config, &client(host, secure), everywhere()).base, base);
        }
    }

    #[test]
    fn but_never_localhost_and_nothing_odd() {
        let config = Config::default();
        for host in [
            "localhost:8080",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "0.0.0.0:8080",
            "",
            "x.localhost",
            "a<b>",
            "a/b",
            "LOCALHOST.",
        ] {
            for listen in ["0.0.0.0:8080", "127.0.0.1:8080", "[::]:8080"] {
                let host = host.to_ascii_lowercase();
                let links = links(&config, &client(&host, false), listen.parse().unwrap());
                let shown = links.base.strip_prefix("http://").unwrap();
                assert!(!is_local(shown), "{host} on {listen} gave {}", links.base);
                assert!(sane_host(shown) && shown.contains("8080"), "{host} on {listen} gave {}", links.base);
            }
        }
    }

    #[test]
    fn home_networks_come_first_and_virtual_ones_not_at_all() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let found = best_first(vec![
            ("lo".to_owned(), ip("127.0.0.1")),
            ("docker0".to_owned(), ip("172.17.0.1")),
            ("veth12".to_owned(), ip("192.168.9.9")),
            ("eth1".to_owned(), ip("203.0.113.4")),
            ("eth0".to_owned(), ip("fd00::5")),
            ("wg0".to_owned(), ip("10.9.0.1")),
            ("eth0".to_owned(), ip("10.0.0.5")),
            ("eth0".to_owned(), ip("169.254.1.1")),
            ("eth0".to_owned(), ip("fe80::1")),
            ("wlan0".to_owned(), ip("192.168.1.5")),
        ]);
        let expected = ["192.168.1.5", "10.0.0.5", "203.0.113.4", "10.9.0.1", "fd00::5"];
        assert_eq!(found, expected.map(ip));
    }

    #[test]
    fn a_server_for_this_machine_alone_has_no_address_in_the_network() {
        assert!(lan_origins("127.0.0.1:8080".parse().unwrap()).is_empty());
        assert_eq!(lan_origins("192.168.1.5:80".parse().unwrap()), ["http://192.168.1.5"]);
    }
}
