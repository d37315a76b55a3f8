//! The `snug` binary: parses the command line and calls in.

fn main() -> std::process::ExitCode {
    snug::cli::run()
}
