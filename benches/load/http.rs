//! The smallest HTTP client that will do: one connection, one request at a time, so that little of what is measured is the client's.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection that is kept.
pub(crate) struct Http {
    stream: BufReader<TcpStream>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Http {
    pub(crate) async fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// One request; `token` as bearer, `body` as JSON.
    pub(crate) async fn call(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> std::io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
        if let Some(token) = token {
            head.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        if let Some(body) = body {
            head.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        head.push_str(body.unwrap_or_default());
        self.raw(&head).await
    }

    /// A request as it goes over the wire.
    pub(crate) async fn raw(&mut self, request: &str) -> std::io::Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let (mut status, mut length, mut chunked) = (0, 0, false);
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
            } else if let Some((name, value)) = text.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap_or(0);
                } else if name.eq_ignore_ascii_case("transfer-encoding") {
                    chunked = true;
                }
            }
        }
        let body = if chunked { self.chunks().await? } else { self.exactly(length).await? };
        Ok(Answer { status, body })
    }

    async fn exactly(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(body)
    }

    async fn chunks(&mut self) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await?;
            let length = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
            body.extend(self.exactly(length).await?);
            self.exactly(2).await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

/// A player with a bearer token.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) token: String,
}

/// So many guests, made over a few connections at once.
pub(crate) async fn guests(port: u16, count: usize) -> Vec<Guest> {
    let lanes: Vec<_> = (0..16)
        .map(|lane| {
            tokio::task::spawn_local(async move {
                let mut http = Http::open(port).await.expect("connects");
                let mut made = Vec::new();
                for _ in (lane..count).step_by(16) {
                    let answer = http
                        .call("POST", "/api/auth/guest", None, Some("{\"token\":true}"))
                        .await
                        .expect("answer");
                    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
                    let token = answer.json()["token"].as_str().expect("a token").to_owned();
                    made.push(Guest { token });
                }
                made
            })
        })
        .collect();
    let mut all = Vec::with_capacity(count);
    for lane in lanes {
        all.extend(lane.await.expect("no panic"));
    }
    all
}

/// A room of each of these hosts; their codes in the same order.
pub(crate) async fn rooms(port: u16, hosts: &[Guest], settings: &Value) -> Vec<String> {
    let body = serde_json::json!({ "settings": settings }).to_string();
    let lanes: Vec<_> = (0..16)
        .map(|lane| {
            let hosts: Vec<Guest> = hosts.iter().skip(lane).step_by(16).cloned().collect();
            let body = body.clone();
            tokio::task::spawn_local(async move {
                let mut http = Http::open(port).await.expect("connects");
                let mut made = Vec::new();
                for host in hosts {
                    let answer = http
                        .call("POST", "/api/rooms", Some(&host.token), Some(&body))
                        .await
                        .expect("answer");
                    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
                    made.push(answer.json()["code"].as_str().expect("a code").to_owned());
                }
                made
            })
        })
        .collect();
    let mut codes = vec![String::new(); hosts.len()];
    for (lane, made) in lanes.into_iter().enumerate() {
        for (step, code) in made.await.expect("no panic").into_iter().enumerate() {
            codes[lane + 16 * step] = code;
        }
    }
    codes
}
