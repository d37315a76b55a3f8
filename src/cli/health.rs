//! `snug health`: asks the server that this configuration describes; for supervisors and containers.

use super::{Common, Failure};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for each step.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer that is read.
const LONGEST: u64 = 1 << 20;

pub(super) fn run(common: Common) -> Result<(), Failure> {
    let listen = common.load()?.config.listen;
    match ask(listen) {
        Ok((200, body)) => {
            println!("{body}");
            Ok(())
        }
        Ok((status, body)) => {
            println!("{body}");
            Err(Failure::failed(format!("the server at {listen} answers with status {status}")))
        }
        Err(error) => Err(Failure::failed(format!("no answer from a server at {listen}: {error}"))),
    }
}

/// `GET /health` of the server on this machine that listens on `listen`: status and body.
pub(super) fn ask(listen: SocketAddr) -> io::Result<(u16, String)> {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // HTTP/1.0: the answer ends with the connection and comes in one piece.
    write!(stream, "GET /health HTTP/1.0\r\nhost: {address}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let malformed = || io::Error::other("that is no HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status =
        head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).ok_or_else(malformed)?;
    Ok((status.parse().map_err(|_| malformed())?, body.to_owned()))
}
