//! One WebSocket of a player: frames as text, with the little reading that is needed while it must be quick.

use super::http::Guest;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Where a client stands: epoch and version.
pub(crate) type Since = (u64, u64);

/// An open socket in a room.
pub(crate) struct Conn {
    socket: WebSocketStream<TcpStream>,
}

impl Conn {
    /// Connects and upgrades; none when the server is not there.
    pub(crate) async fn open(port: u16) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let config = WebSocketConfig::default().read_buffer_size(4_096).write_buffer_size(0);
        let url = format!("ws://127.0.0.1:{port}/ws");
        let shaken = tokio_tungstenite::client_async_with_config(url, stream, Some(config));
        let (socket, _) = tokio::time::timeout(Duration::from_secs(20), shaken).await.ok()?.ok()?;
        Some(Self { socket })
    }

    /// Connects, says hello and gives the welcome.
    pub(crate) async fn enter(
        port: u16,
        room: &str,
        guest: &Guest,
        client: u64,
        since: Option<Since>,
    ) -> Option<(Self, Value)> {
        let mut conn = Self::open(port).await?;
        let mut hello =
            json!({"t": "hello", "protocol": 1, "room": room, "client": client, "token": guest.token});
        if let Some((epoch, v)) = since {
            hello["since"] = json!({"epoch": epoch, "v": v});
        }
        conn.send(hello.to_string()).await?;
        let text = tokio::time::timeout(Duration::from_secs(20), conn.next()).await.ok()??;
        let frame: Value = serde_json::from_str(&text).ok()?;
        (frame["t"] == "welcome").then_some((conn, frame))
    }

    pub(crate) async fn send(&mut self, text: String) -> Option<()> {
        self.socket.send(Message::text(text)).await.ok()
    }

    /// The next text frame; none when the socket ended.
    pub(crate) async fn next(&mut self) -> Option<Utf8Bytes> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(text),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

/// The first number behind `key` in a frame.
pub(crate) fn number(text: &str, key: &str) -> Option<u64> {
    let rest = &text[text.find(key)? + key.len()..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// A command's frame.
pub(crate) fn command(id: u32, cmd: &str) -> String {
    format!("{{\"t\":\"cmd\",\"id\":{id},\"cmd\":{cmd}}}")
}

/// A stream of numbers, for whatever should differ: splitmix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    pub(crate) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between two times, in seconds.
    pub(crate) fn within(&mut self, from: f64, to: f64) -> Duration {
        Duration::from_secs_f64(from + (to - from) * self.part())
    }
}
