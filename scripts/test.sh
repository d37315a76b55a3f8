#!/usr/bin/env bash
# Every check, quick ones first; stops at the first that fails. Run by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="${SNUG_CACHE:-$HOME/.cache/snug}/tools/bin:$PATH"

start=$SECONDS
steps=0
step() {
  local title=$1 from=$SECONDS
  shift
  printf '\n=== %s\n' "$title"
  "$@" </dev/null || { printf '\nmake test: FAILED at: %s\n' "$title" >&2; exit 1; }
  steps=$((steps + 1))
  printf '=== %s: ok, %d s\n' "$title" $((SECONDS - from))
}
web() { (cd web && "$@"); }

step "Rust format" cargo fmt --check
step "page build" scripts/page.sh
step "page checks (types, lint, format)" web npm run --silent check
step "page tests" web npm test --silent
step "Rust lints" cargo clippy --locked --all-targets --quiet -- -D warnings
step "licences, duplicates, sources" cargo deny --locked --log-level error check licenses bans sources
step "Rust tests" cargo test --locked
# `cargo test` has built the binary that the browser tests start.
step "browser tests" web npm run --silent e2e

printf '\nmake test: all %d steps passed in %d s\n' "$steps" $((SECONDS - start))
