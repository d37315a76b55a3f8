//! The `snug` binary: parses the command line and calls in.

/// Half again as many inputs a second as with the system's, and memory that goes back after a busy evening; its settings are in
/// `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    snug::cli::run()
}
