#!/usr/bin/env bash
# Measures on this machine and writes docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked --release
cargo bench --locked
