//! The live port in this process: redb, moka, tokio.
