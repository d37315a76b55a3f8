//! The WebSocket door at `/ws`: one task a socket, straight on tokio-tungstenite.

use super::codec::{self, HEARTBEAT_MS};
use super::sockets::{Place, Sockets};
use super::wire::{Bye, ClientFrame, ErrorBody, ServerFrame};
use crate::accounts::Accounts;
use crate::games::Rejection;
use crate::live::limits::{Limiter, Rate, Verdict};
use crate::room::entry::Player;
use crate::room::outbox::{Frame, Next, Outbox};
use crate::room::wire::RoomCommand;
use crate::room::{ConnId, Hello, Msg, RoomHandle, Rooms};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as WsFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes, handshake::derive_accept_key};

/// The first frame is due within this time.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A client that was silent for so long is asked by a ping …
const PING_AFTER: Duration = Duration::from_millis(HEARTBEAT_MS as u64 + 5_000);
/// … and let go after this time.
const SILENT_AFTER: Duration = Duration::from_millis(HEARTBEAT_MS as u64 * 3);
/// A client that does not read is let go after this time.
const SEND_WITHIN: Duration = Duration::from_secs(20);
/// Bad or too fast frames that a connection may send before it is let go.
const MAX_STRIKES: u32 = 100;
/// Bytes read at once; kept small, since ten thousand quiet sockets hold one buffer each.
const READ_BUFFER: usize = 2_048;
/// Longest frame that is written at once; longer texts go out as several.
const FRAGMENT: usize = 2_048;

/// What the door needs.
#[derive(Clone)]
pub struct WsDoor {
    /// Open rooms.
    pub rooms: Arc<Rooms>,
    /// Who is who.
    pub accounts: Accounts,
    /// Open sockets.
    pub sockets: Arc<Sockets>,
    /// Frames that a connection may send.
    pub frames: Rate,
    /// Chat lines and emotes that a player may send.
    pub chats: Rate,
    /// Codes that turned out not to exist, an address.
    pub bad_codes: Rate,
    /// Counts those.
    pub limiter: Arc<dyn Limiter>,
    /// Bytes of a frame.
    pub frame_bytes: usize,
}

/// The limiter's bucket of codes that turned out not to exist, the same as over HTTP.
const BAD_CODES: &str = "bad_codes";

type Stream = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Answers a WebSocket handshake and serves the socket in a task of its own. The caller has checked the origin.
///
/// # Errors
/// What is wrong with the handshake, as a status and a sentence.
pub fn accept(
    door: WsDoor,
    headers: &HeaderMap,
    upgrade: hyper::upgrade::OnUpgrade,
    token: Option<String>,
    address: String,
) -> Result<Response<axum::body::Body>, (StatusCode, Rejection)> {
    let has = |name, value: &str| {
        headers
            .get(name)
            .and_then(|header: &HeaderValue| header.to_str().ok())
            .is_some_and(|text| text.split(',').any(|part| part.trim().eq_ignore_ascii_case(value)))
    };
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let (true, true, true, Some(key)) =
        (has(UPGRADE, "websocket"), has(CONNECTION, "upgrade"), has(SEC_WEBSOCKET_VERSION, "13"), key)
    else {
        let why = Rejection::new("websocket_only", "Connect to this address with a WebSocket (version 13).");
        return Err((StatusCode::UPGRADE_REQUIRED, why));
    };
    let Some(place) = door.sockets.place(address) else {
        let why = Rejection::new("too_many_sockets", "This server is full. Try again in a minute.");
        return Err((StatusCode::SERVICE_UNAVAILABLE, why));
    };
    let accept = derive_accept_key(key.as_bytes());
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(1 << 20)
            .max_message_size(Some(door.frame_bytes))
            .max_frame_size(Some(door.frame_bytes));
        let stream =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        Session { door, stream, place, strikes: 0, tokens: Bucket::new() }.run(token).await;
    });
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let answer = response.headers_mut();
    answer.insert(UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        answer.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    Ok(response)
}

/// Frames that a connection may still send.
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn new() -> Self {
        Self { left: f64::MAX, at: Instant::now() }
    }

    fn take(&mut self, rate: Rate) -> bool {
        let now = Instant::now();
        let refill =
            now.duration_since(self.at).as_secs_f64() * f64::from(rate.events) / rate.per.as_secs_f64();
        self.left = (self.left + refill).min(f64::from(rate.burst));
        self.at = now;
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

struct Session {
    door: WsDoor,
    stream: Stream,
    place: Place,
    strikes: u32,
    tokens: Bucket,
}

/// A room that was entered.
struct Entered {
    room: RoomHandle,
    conn: ConnId,
    user: String,
    outbox: Arc<Outbox>,
}

/// Why a session ends.
enum End {
    /// The other side went, or the stream broke.
    Gone,
    /// We end it, and say why.
    Bye(Bye, Option<u32>),
}

impl Session {
    async fn run(mut self, token: Option<String>) {
        let end = match self.hello(token).await {
            Ok(entered) => {
                let end = self.serve(&entered).await;
                entered.room.tell(Msg::Gone(entered.conn)).await;
                end
            }
            Err(end) => end,
        };
        if let End::Bye(why, retry_ms) = end {
            let _ = self.send(codec::encode(&ServerFrame::Bye { why, retry_ms })).await;
        }
        let _ = tokio::time::timeout(Duration::from_secs(2), self.stream.close(None)).await;
    }

    /// Reads frames until a `hello` is accepted.
    async fn hello(&mut self, cookie: Option<String>) -> Result<Entered, End> {
        let due = tokio::time::Instant::now() + HELLO_WITHIN;
        loop {
            let read = tokio::time::timeout_at(due, self.stream.next()).await;
            let message = match read {
                Err(_) => return Err(End::Bye(Bye::Silent, None)),
                Ok(None | Some(Err(_))) => return Err(End::Gone),
                Ok(Some(Ok(message))) => message,
            };
            let Some(text) = self.text(message).await? else { continue };
            let refused = match codec::read(&text) {
                Ok(ClientFrame::Hello { protocol, room, client, token, since, watch }) => {
                    let hello =
                        Wanted { protocol, room, client, token: token.or(cookie.clone()), since, watch };
                    match self.enter(hello).await {
                        Ok(entered) => return Ok(entered),
                        Err(why) => codec::error_body(&why),
                    }
                }
                Ok(ClientFrame::Ping { n }) => {
                    let clock = crate::room::wire::Clock { now: crate::games::MatchTime(0), running: false };
                    self.send(codec::encode(&ServerFrame::Pong { n, clock })).await?;
                    continue;
                }
                Ok(_) => ErrorBody { code: "hello_first".into(), message: "Send `hello` first.".into() },
                Err(bad) => bad.error,
            };
            self.send(codec::encode(&ServerFrame::Error { error: refused })).await?;
            self.strike()?;
        }
    }

    async fn enter(&mut self, wanted: Wanted) -> Result<Entered, Rejection> {
        if wanted.protocol != 1 {
            return Err(Rejection::new("wrong_protocol", "This server speaks protocol 1. Reload the page."));
        }
        let unknown = || {
            Rejection::new("not_signed_in", "Your session is not known. Reload the page to get a new one.")
        };
        let token = wanted.token.ok_or_else(unknown)?;
        let session = self.door.accounts.authenticate(&token).await.map_err(|why| {
            tracing::error!(%why, "a session could not be looked up");
            Rejection::new("not_saved", "The server has trouble with its disk. Try again in a moment.")
        })?;
        let session = session.ok_or_else(unknown)?;
        // Refused before it shows whether there is such a room, so that nobody finds rooms by trying codes.
        let (address, rate) = (self.place.address(), self.door.bad_codes);
        if let Verdict::Refused { .. } = self.door.limiter.peek(BAD_CODES, address, rate) {
            return Err(Rejection::new(
                "too_many_requests",
                "Too many wrong codes from here. Wait a minute.",
            ));
        }
        let room = self.door.rooms.find(&wanted.room).inspect_err(|_| {
            self.door.limiter.check(BAD_CODES, address, rate);
        })?;
        let outbox = Arc::new(Outbox::default());
        self.place.belongs(*session.hash.bytes(), &outbox);
        let player = Player {
            user: session.user.id.clone(),
            name: session.user.name.clone(),
            account: session.user.account,
        };
        let (answer, _) = tokio::sync::oneshot::channel();
        let hello = Hello {
            player,
            watch: wanted.watch.unwrap_or(false),
            client: wanted.client,
            since: wanted.since,
            outbox: outbox.clone(),
            answer,
        };
        let conn = room.enter(hello).await?;
        Ok(Entered { room, conn, user: session.user.id, outbox })
    }

    async fn serve(&mut self, entered: &Entered) -> End {
        let mut heard = Instant::now();
        let mut pinged = false;
        loop {
            let patience = if pinged { SILENT_AFTER } else { PING_AFTER };
            tokio::select! {
                read = self.stream.next() => {
                    let message = match read {
                        None | Some(Err(_)) => return End::Gone,
                        Some(Ok(message)) => message,
                    };
                    heard = Instant::now();
                    pinged = false;
                    let done = match self.text(message).await {
                        Ok(Some(text)) => self.frame(entered, &text).await,
                        Ok(None) => Ok(()),
                        Err(end) => Err(end),
                    };
                    if let Err(end) = done {
                        return end;
                    }
                }
                next = entered.outbox.next() => {
                    if let Err(end) = self.forward(entered, next).await {
                        return end;
                    }
                }
                () = tokio::time::sleep_until((heard + patience).into()) => {
                    if pinged {
                        return End::Bye(Bye::Silent, Some(0));
                    }
                    pinged = true;
                    if self.put(Message::Ping(Bytes::new())).await.is_err() {
                        return End::Gone;
                    }
                }
            }
        }
    }

    async fn forward(&mut self, entered: &Entered, next: Next) -> Result<(), End> {
        match next {
            Next::Frame(frame) => {
                let last = matches!(frame, Frame::Bye(_));
                self.send(codec::write(frame)).await?;
                if last { Err(End::Gone) } else { Ok(()) }
            }
            Next::Behind => {
                entered.room.tell(Msg::Resync(entered.conn)).await;
                Ok(())
            }
            Next::Closed => Err(End::Gone),
        }
    }

    /// One text frame of a member.
    async fn frame(&mut self, entered: &Entered, text: &str) -> Result<(), End> {
        let frame = codec::read(text);
        if !self.tokens.take(self.door.frames) {
            let error =
                ErrorBody { code: "too_fast".into(), message: "Too many frames at once. Slow down.".into() };
            let answer = match frame {
                Ok(ClientFrame::Cmd { id, .. }) | Err(codec::BadFrame { id: Some(id), .. }) => {
                    ServerFrame::Reply { id, v: None, error: Some(error) }
                }
                _ => ServerFrame::Error { error },
            };
            self.send(codec::encode(&answer)).await?;
            return self.strike();
        }
        match frame {
            Ok(ClientFrame::Cmd { id, cmd }) => {
                if let RoomCommand::Rename { name } = &cmd
                    && let Err(why) = self.door.accounts.rename(&entered.user, name).await
                {
                    let error = ErrorBody { code: why.code().into(), message: why.to_string() };
                    return self
                        .send(codec::encode(&ServerFrame::Reply { id, v: None, error: Some(error) }))
                        .await;
                }
                if matches!(cmd, RoomCommand::Chat { .. } | RoomCommand::Emote { .. })
                    && let Verdict::Refused { .. } =
                        self.door.limiter.check("chats", &entered.user, self.door.chats)
                {
                    let error = ErrorBody {
                        code: "chat_too_fast".into(),
                        message: "Wait a moment before the next line.".into(),
                    };
                    return self
                        .send(codec::encode(&ServerFrame::Reply { id, v: None, error: Some(error) }))
                        .await;
                }
                entered.room.tell(Msg::Command { conn: entered.conn, id, command: cmd }).await;
            }
            Ok(ClientFrame::Resync) => {
                entered.room.tell(Msg::Resync(entered.conn)).await;
            }
            Ok(ClientFrame::Ping { n }) => {
                entered.room.tell(Msg::Ping { conn: entered.conn, n }).await;
            }
            Ok(ClientFrame::Hello { .. }) => {
                let error = ErrorBody {
                    code: "hello_again".into(),
                    message: "This connection is in a room already. Open another one.".into(),
                };
                self.send(codec::encode(&ServerFrame::Error { error })).await?;
                return self.strike();
            }
            Err(bad) => {
                let answer = match bad.id {
                    Some(id) => ServerFrame::Reply { id, v: None, error: Some(bad.error) },
                    None => ServerFrame::Error { error: bad.error },
                };
                self.send(codec::encode(&answer)).await?;
                return self.strike();
            }
        }
        Ok(())
    }

    fn strike(&mut self) -> Result<(), End> {
        self.strikes += 1;
        if self.strikes > MAX_STRIKES { Err(End::Bye(Bye::Abuse, Some(10_000))) } else { Ok(()) }
    }

    /// The text of a message; none for pings and the like, which the library answers.
    async fn text(&mut self, message: Message) -> Result<Option<Utf8Bytes>, End> {
        match message {
            Message::Text(text) => Ok(Some(text)),
            Message::Binary(_) => {
                let error = ErrorBody {
                    code: "text_only".into(),
                    message: "Send JSON as text messages, not binary.".into(),
                };
                self.send(codec::encode(&ServerFrame::Error { error })).await?;
                self.strike()?;
                Ok(None)
            }
            Message::Close(_) => Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
        }
    }

    /// Sends a text, a long one in fragments: the library keeps its write buffer for ever as large as the longest
    /// frame was, and with thousands of sockets the one long view at the beginning of each would stay in memory.
    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        if text.len() <= FRAGMENT {
            return self.put(Message::Text(text)).await;
        }
        let mut rest = Bytes::from(text);
        let mut kind = Data::Text;
        while !rest.is_empty() {
            let part = rest.split_to(FRAGMENT.min(rest.len()));
            let frame = WsFrame::message(part, OpCode::Data(kind), rest.is_empty());
            self.put(Message::Frame(frame)).await?;
            kind = Data::Continue;
        }
        Ok(())
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(SEND_WITHIN, self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }
}

/// What a `hello` asks for.
struct Wanted {
    protocol: u32,
    room: String,
    client: u64,
    token: Option<String>,
    since: Option<crate::room::wire::Since>,
    watch: Option<bool>,
}
