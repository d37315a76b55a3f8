//! The accept loop: TCP connections to an axum router, until told to stop.
//!
//! Not `axum::serve`, because of what that leaves to its users: a time for request heads, a bound on connections, a
//! pause when file descriptors run out, and an end to stopping.

use super::client::Peer;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tower::ServiceExt;

/// Bytes that one connection may buffer. Heads of requests must fit; bodies stream through.
const BUFFER: usize = 32 << 10;
/// Headers of one request.
const MAX_HEADERS: usize = 64;
/// First and longest pause after the system refused a connection for lack of resources.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// How to serve.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// Connections open at once; more wait in the system's queue. An upgraded connection (a socket) counts no more.
    pub max_connections: usize,
    /// Time for the head of a request, and that a connection may stay open without one.
    pub header_timeout: Duration,
    /// Time that requests under way get after the signal to stop.
    pub grace: Duration,
}

impl From<&crate::config::Limits> for ServeOptions {
    fn from(limits: &crate::config::Limits) -> Self {
        Self {
            max_connections: limits.max_connections as usize,
            header_timeout: crate::config::seconds(limits.header_timeout_s),
            grace: crate::config::seconds(limits.stop_grace_s),
        }
    }
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// Every request under way was answered.
    Finished,
    /// Some were cut off when the grace time was over.
    CutOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Serve,
    /// Answer what is under way and close.
    Finish,
    /// Close.
    Cut,
}

/// Serves until `stop` is done and requests under way are answered, or the grace time is over. Upgraded connections
/// are not waited for: whoever took them over ends them.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    options: ServeOptions,
    stop: impl Future<Output = ()>,
) -> Served {
    let permits = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
    let (stage, watching) = watch::channel(Stage::Serve);
    // Each connection holds a sender; `recv` ends when the last is gone.
    let (alive, mut gone) = mpsc::channel::<()>(1);
    let mut stop = pin!(stop);
    let mut pause = PAUSE.0;
    loop {
        let accepted = async {
            // Closed never, so acquiring cannot fail; a permit first, so that the rest waits in the system's queue.
            let permit = permits.clone().acquire_owned().await.map_err(io::Error::other)?;
            let (stream, peer) = listener.accept().await?;
            Ok::<_, io::Error>((permit, stream, peer))
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((permit, stream, peer)) => {
                pause = PAUSE.0;
                let connection = connection(stream, peer, app.clone(), options, watching.clone());
                let alive = alive.clone();
                tokio::spawn(async move {
                    let _permit: OwnedSemaphorePermit = permit;
                    let _alive = alive;
                    connection.await;
                });
            }
            // The other end gave up before we came to it.
            Err(error) if is_theirs(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no new connections for {pause:?}; raise the limit of open files if it stays");
                tokio::select! {
                    () = &mut stop => break,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(PAUSE.1);
            }
        }
    }
    drop(listener);
    drop(alive);
    let _ = stage.send(Stage::Finish);
    if tokio::time::timeout(options.grace, gone.recv()).await.is_ok() {
        return Served::Finished;
    }
    let _ = stage.send(Stage::Cut);
    gone.recv().await;
    Served::CutOff
}

/// Serves one connection to its end.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    options: ServeOptions,
    mut stage: watch::Receiver<Stage>,
) {
    // Frames are small and somebody waits for each.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(BUFFER)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::trace!(%error, "connection ended");
                }
                return;
            }
            changed = stage.changed() => match *stage.borrow_and_update() {
                Stage::Finish if changed.is_ok() => connection.as_mut().graceful_shutdown(),
                _ => return,
            }
        }
    }
}

/// Whether accepting failed because of the other end rather than this one.
fn is_theirs(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::{Extension, Request};
    use axum::response::IntoResponse;
    use axum::routing::get;
    use http::StatusCode;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    struct Server {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        task: JoinHandle<Served>,
    }

    fn options() -> ServeOptions {
        let grace = Duration::from_secs(10);
        ServeOptions { max_connections: 100, header_timeout: Duration::from_secs(10), grace }
    }

    async fn start(app: Router, options: ServeOptions) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task =
            tokio::spawn(async move { serve(listener, app, options, async { drop(stopped.await) }).await });
        Server { address, stop, task }
    }

    async fn read_until(stream: &mut TcpStream, end: &str) -> String {
        let mut read = Vec::new();
        while !String::from_utf8_lossy(&read).contains(end) {
            let mut buffer = [0; 1024];
            let n = stream.read(&mut buffer).await.unwrap();
            if n == 0 {
                break;
            }
            read.extend_from_slice(&buffer[..n]);
        }
        String::from_utf8_lossy(&read).into_owned()
    }

    async fn upgrade(mut request: Request) -> impl IntoResponse {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut io = TokioIo::new(upgrade.await.unwrap());
            let mut buffer = [0; 5];
            io.read_exact(&mut buffer).await.unwrap();
            buffer.reverse();
            io.write_all(&buffer).await.unwrap();
            io.shutdown().await.unwrap();
        });
        (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")])
    }

    const UPGRADE: &str = "GET /up HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";

    #[tokio::test]
    async fn a_handler_behind_the_whole_stack_can_take_the_connection_over() {
        let more = Router::new().route("/up", get(upgrade));
        let server = start(super::super::router(super::super::testing::state(), more), options()).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(UPGRADE.as_bytes()).await.unwrap();
        let head = read_until(&mut stream, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        stream.write_all(b"hello").await.unwrap();
        assert_eq!(read_until(&mut stream, "olleh").await, "olleh");
    }

    #[tokio::test]
    async fn an_upgraded_connection_frees_its_place() {
        let app = Router::new().route("/up", get(upgrade)).route("/", get(|| async { "hi" }));
        let server = start(app, ServeOptions { max_connections: 1, ..options() }).await;
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(UPGRADE.as_bytes()).await.unwrap();
        read_until(&mut socket, "\r\n\r\n").await;
        let mut other = TcpStream::connect(server.address).await.unwrap();
        other.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(read_until(&mut other, "hi").await.ends_with("hi"));
    }

    #[tokio::test]
    async fn handlers_learn_who_is_at_the_other_end() {
        let app = Router::new()
            .route("/", get(|Extension(Peer(peer)): Extension<Peer>| async move { peer.to_string() }));
        let server = start(app, options()).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let answer = read_until(&mut stream, "never").await;
        assert!(answer.ends_with(&stream.local_addr().unwrap().to_string()), "{answer}");
    }

    #[tokio::test]
    async fn stopping_answers_what_is_under_way_and_closes_what_is_idle() {
        let (entered, mut waiting) = mpsc::channel::<()>(1);
        let (release, released) = watch::channel(false);
        let app = Router::new().route(
            "/",
            get(move || async move {
                entered.send(()).await.unwrap();
                let mut released = released;
                released.wait_for(|go| *go).await.unwrap();
                "done"
            }),
        );
        let server = start(app, options()).await;
        let mut idle = TcpStream::connect(server.address).await.unwrap();
        let mut busy = TcpStream::connect(server.address).await.unwrap();
        busy.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        waiting.recv().await.unwrap();
        server.stop.send(()).unwrap();
        assert_eq!(idle.read(&mut [0; 16]).await.unwrap(), 0, "the idle connection stayed open");
        assert!(!server.task.is_finished());
        release.send(true).unwrap();
        let answer = read_until(&mut busy, "never").await;
        assert!(answer.ends_with("done") && answer.contains("connection: close"), "{answer}");
        assert_eq!(server.task.await.unwrap(), Served::Finished);
        assert!(TcpStream::connect(server.address).await.is_err(), "it still listens");
    }

    #[tokio::test]
    async fn stopping_does_not_wait_for_ever() {
        let app = Router::new().route("/", get(std::future::pending::<()>));
        let server = start(app, ServeOptions { grace: Duration::from_millis(50), ..options() }).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        server.stop.send(()).unwrap();
        let ended = server.task.await.unwrap();
        // The stop may have overtaken the request; then there was nothing to cut.
        assert!(matches!(ended, Served::CutOff | Served::Finished));
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_cut_off() {
        let app = Router::new().route("/", get(|| async { "hi" }));
        let server =
            start(app, ServeOptions { header_timeout: Duration::from_millis(100), ..options() }).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        let mut rest = Vec::new();
        // Ends with 408 or without a word, but it ends.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    }

    #[tokio::test]
    async fn heads_are_bounded() {
        let app = Router::new().route("/", get(|| async { "hi" }));
        let server = start(app, options()).await;
        for head in [format!("GET /{} HTTP/1.1\r\n", "x".repeat(100_000)), "x: y\r\n".repeat(200)] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            let _ = stream.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\n{head}\r\n").as_bytes()).await;
            let answer = read_until(&mut stream, "\r\n\r\n").await;
            assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
}
