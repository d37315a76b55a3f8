#!/usr/bin/env bash
# A server on 8080 and, before it, Vite with hot reload on 5173. Ctrl-C ends both.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked
"${CARGO_TARGET_DIR:-target}/debug/snug" serve --listen 127.0.0.1:8080 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true' EXIT
cd web
npm run --silent dev
