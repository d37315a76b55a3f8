//! One typed configuration: defaults < file < environment < flags, and where each value came from.
//!
//! A setting's type, default, range and documentation stand here and nowhere else; `snug config example`,
//! config.example.toml and docs/limits.md are generated from them. A setting `rooms.host_grace_s` of the file is
//! `SNUG_ROOMS_HOST_GRACE_S` in the environment.

pub(crate) mod fields;
pub mod load;
pub mod text;
mod types;

pub use load::{ConfigError, Flag, Loaded, Sources};
pub use types::{LogFilter, LogFormat, Net, Proxies, PublicUrl};

use fields::{Field, section};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

section! {
    /// Everything a host can set.
    Config {
        /// Address and port to listen on. 0.0.0.0 lets phones in the same network join; 127.0.0.1 is for this
        /// machine alone, or for a reverse proxy on it.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080)),
        /// Directory of the database (snug.db) and the journal (live.redb), created when missing. A relative path
        /// counts from the directory that snug is started in.
        data_dir: PathBuf = PathBuf::from("data"),
        /// The address that players use, when it is not the one this machine has in its network: behind a proxy or
        /// on the internet, for example "https://snug.example". Invitations and QR codes point to it, and browsers
        /// may only act from it. No path. Empty: found out from each request.
        public_url: Option<PublicUrl> = None,
        /// Reverse proxies whose X-Forwarded-For, -Proto and -Host are believed: addresses or networks, for example
        /// ["127.0.0.1", "10.0.0.0/8"]. From anyone else these headers are ignored.
        trusted_proxies: Proxies = Proxies::default(),
        /// What is logged, and how.
        log: Log = Log::default(),
        /// Bounds that keep one player, or a program gone wild, from harming the others.
        limits: Limits = Limits::default(),
        /// How long rooms wait for people.
        rooms: Rooms = Rooms::default(),
    }
}

section! {
    /// What is logged, and how.
    Log {
        /// error, warn, info, debug or trace; or by part, for example "info,snug::room=debug".
        level: LogFilter = LogFilter::default(),
        /// pretty for people, json for programs, auto: pretty on a terminal and json otherwise.
        format: LogFormat = LogFormat::Auto,
        /// Directory for log files (json, one a day, 14 kept), besides standard error. Empty: no files.
        dir: Option<PathBuf> = None,
    }
}

section! {
    /// Bounds that keep one player, or a program gone wild, from harming the others.
    ///
    /// Figures "an address" count per IPv4 address or IPv6 /64 network. They are generous because everyone in one
    /// room usually shares one address.
    Limits {
        /// Frames a second that one socket may send, on average.
        frames_per_second: u32 = 60; 1..=100_000,
        /// Frames that one socket may send at once.
        frames_burst: u32 = 120; 1..=100_000,
        /// Size of one frame, in bytes.
        frame_bytes: u32 = 65_536; 1_024..=1_048_576,
        /// Sockets open at once, all together.
        max_sockets: u32 = 10_000; 1..=1_000_000,
        /// Sockets open at once from one address.
        max_sockets_per_address: u32 = 500; 1..=1_000_000,
        /// New sockets a minute an address, on average.
        sockets_per_minute: u32 = 600; 1..=1_000_000,
        /// New sockets at once an address.
        sockets_burst: u32 = 300; 1..=1_000_000,
        /// Rooms open at once.
        max_rooms: u32 = 5_000; 1..=1_000_000,
        /// New rooms a minute an address, on average.
        rooms_per_minute: u32 = 10; 1..=1_000_000,
        /// New rooms at once an address.
        rooms_burst: u32 = 20; 1..=1_000_000,
        /// New guests a minute an address, on average.
        guests_per_minute: u32 = 60; 1..=1_000_000,
        /// New guests at once an address: a hall of people behind one router.
        guests_burst: u32 = 100; 1..=1_000_000,
        /// Attempts a minute an address to join by a code that does not exist, or to claim a seat by one.
        bad_codes_per_minute: u32 = 30; 1..=1_000_000,
        /// Chat lines and emotes a minute a member, on average.
        chats_per_minute: u32 = 60; 1..=1_000_000,
        /// Chat lines and emotes at once a member.
        chats_burst: u32 = 10; 1..=1_000_000,
        /// Place searches a second a player, on average.
        searches_per_second: u32 = 5; 1..=1_000_000,
        /// Place searches at once a player.
        searches_burst: u32 = 20; 1..=1_000_000,
        /// Requests to /api a second an address, on average.
        requests_per_second: u32 = 100; 1..=1_000_000,
        /// Requests to /api at once an address.
        requests_burst: u32 = 1_000; 1..=1_000_000,
        /// Requests for the page, its files and map tiles a second an address, on average.
        assets_per_second: u32 = 1_000; 1..=1_000_000,
        /// Requests for the page, its files and map tiles at once an address.
        assets_burst: u32 = 10_000; 1..=1_000_000,
        /// Size of the body of one request, in bytes.
        request_bytes: u32 = 65_536; 1_024..=16_777_216,
        /// Seconds after which a request is given up.
        request_timeout_s: u32 = 30; 1..=600,
        /// Seconds that a connection may take to send the head of a request, or stay open without one.
        header_timeout_s: u32 = 10; 1..=600,
        /// HTTP connections open at once (sockets are counted apart).
        max_connections: u32 = 10_000; 1..=1_000_000,
        /// Seconds that requests under way get when snug stops.
        stop_grace_s: u32 = 5; 1..=600,
    }
}

section! {
    /// How long rooms wait for people.
    Rooms {
        /// Seats of one room.
        max_seats: u32 = 50; 1..=50,
        /// Members of one room who only watch.
        max_spectators: u32 = 50; 0..=1_000,
        /// Seconds after which a lobby without anyone connected closes.
        empty_lobby_s: u32 = 600; 1..=604_800,
        /// Seconds after which a room with a match and without anyone connected closes.
        empty_match_s: u32 = 1_800; 1..=604_800,
        /// Seconds after losing the connection for which a member still counts as connected.
        presence_grace_s: u32 = 10; 0..=3_600,
        /// Seconds after which the role of a host who is away passes on.
        host_grace_s: u32 = 30; 1..=86_400,
        /// Seconds for which the seat of a member who is away from the lobby is kept.
        lobby_seat_grace_s: u32 = 60; 1..=86_400,
        /// Seconds that players get at least to act after snug was started again.
        restart_grace_s: u32 = 10; 0..=600,
    }
}

/// Whole seconds of the configuration as a duration.
pub fn seconds(s: u32) -> Duration {
    Duration::from_secs(u64::from(s))
}

impl Config {
    /// All sections in the order of the file; the first has no name.
    pub(crate) fn sections() -> [(&'static str, &'static [Field]); 4] {
        [("", Self::FIELDS), ("log", Log::FIELDS), ("limits", Limits::FIELDS), ("rooms", Rooms::FIELDS)]
    }
}
