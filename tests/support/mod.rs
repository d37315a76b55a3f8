//! The real server as a process, and clients that behave like the page: they resume, send again, and log all they see.

pub(crate) mod client;
pub(crate) mod http;
pub(crate) mod server;

pub(crate) use client::{Client, Guest};
pub(crate) use server::{Address, Server};

/// A small seeded generator for tests (splitmix64): the same seed, the same run.
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}
