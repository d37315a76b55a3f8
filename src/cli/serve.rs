//! `snug serve`.

use super::{Common, Failure, health};
use crate::config::Config;
use crate::http::origin::lan_origins;
use crate::{app, telemetry};
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

/// Connections that wait to be accepted: a whole hall that reconnects at once after a restart.
const BACKLOG: u32 = 4096;
/// Threads for what computes or waits for the disk (dealing, pictures, searches). More would only take turns on the
/// processors, and each keeps memory of its own for what it last worked on.
const BLOCKING_THREADS: usize = 4;

pub(super) fn run(common: Common) -> Result<(), Failure> {
    let config = common.load()?.config;
    let _logs = telemetry::log::init(&config.log).map_err(|error| Failure::usage(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), Failure> {
    let listen = config.listen;
    let listener = bind(listen).map_err(|error| Failure::failed(why_not(listen, &error)))?;
    // Before anything is opened, so that a signal during the start is not lost.
    let stop =
        stop_signal().map_err(|error| Failure::failed(format!("cannot watch for signals: {error}")))?;
    if let Ok(address) = listener.local_addr() {
        announce(&config, address);
    }
    app::serve(config, listener, stop).await.map_err(|error| Failure::failed(error.to_string()))?;
    tracing::info!("stopped");
    Ok(())
}

fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for connections of the previous process to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}

/// Says where to play.
fn announce(config: &Config, listen: SocketAddr) {
    let version = env!("CARGO_PKG_VERSION");
    let here = format!("http://localhost:{}", listen.port());
    if let Some(url) = &config.public_url {
        tracing::info!(%listen, "Snug {version} at {url}");
    } else if let Some(origin) = lan_origins(listen).first() {
        tracing::info!(%listen, "Snug {version} at {here} and, for phones in your network, {origin}");
    } else {
        tracing::info!(%listen, "Snug {version} at {here}, for this machine only");
    }
}

/// Why the address cannot be had, and what to do.
fn why_not(listen: SocketAddr, error: &io::Error) -> String {
    let other = SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or(8080));
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let snug = health::ask(listen).is_ok_and(|(_, body)| body.contains("\"checks\""));
            if snug {
                format!(
                    "another Snug already runs at {listen}; stop it, or use another address: --listen {other}"
                )
            } else {
                format!(
                    "another program already uses {listen}; stop it, or use another address: --listen {other}"
                )
            }
        }
        io::ErrorKind::PermissionDenied => {
            format!(
                "not allowed to listen on {listen}; ports below 1024 need rights, --listen {}:8080 does not",
                listen.ip()
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("this machine does not have the address {}; use 0.0.0.0 for all that it has", listen.ip())
        }
        _ => format!("cannot listen on {listen}: {error}"),
    }
}

/// Done when the process is asked to stop: SIGTERM by supervisors, SIGINT by Ctrl-C. A second one ends it at once.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let mut any = async move || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        let name = any().await;
        tracing::info!("{name}: stopping; once more to stop at once");
        tokio::spawn(async move {
            any().await;
            // Safe at any moment: what players were told is in the journal.
            std::process::exit(130);
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_use_is_explained() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        // Answers whatever is asked with something that is not Snug.
        let thread = std::thread::spawn(move || {
            use std::io::Write;
            taken.accept().unwrap().0.write_all(b"HTTP/1.1 200 OK\r\n\r\nnginx").unwrap();
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(async { bind(address) }).unwrap_err();
        let why = why_not(address, &error);
        assert!(why.contains("another program") && why.contains("--listen"), "{why}");
        thread.join().unwrap();
    }
}
