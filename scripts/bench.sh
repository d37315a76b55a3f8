#!/usr/bin/env bash
# Measures on this machine and writes docs/benchmarks.md. Usage: bench.sh [report]
#   report   only writes the document, from what was measured last
# Figures of latency mean little on a busy machine: the document says how busy it was. As root, SNUG_BENCH_NICE=-15 lets
# server and load program go before others.
set -euo pipefail
cd "$(dirname "$0")/.."
TARGET=${CARGO_TARGET_DIR:-target}
OUT=$TARGET/bench
NICE=${SNUG_BENCH_NICE:-0}
mkdir -p "$OUT"

say() { printf 'bench: %s\n' "$*" >&2; }

# One mode of the load program; keeps its line of JSON, also when another mode fails.
load() {
  say "load $*"
  local line
  if line=$(nice -n "$NICE" cargo bench --locked --quiet --bench load -- "$@" 2>"$OUT/load.err" | tee /dev/stderr | grep '^{'); then
    printf '%s\n' "$line" >>"$OUT/load.jsonl"
  else
    say "load $1 failed:"
    tail -n 20 "$OUT/load.err" >&2
  fi
}

# Lighthouse, if the page brings it: home and a lobby, four scores each.
lighthouse() {
  local tool=web/node_modules/.bin/lighthouse
  local chrome
  chrome=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
  if [ ! -x "$tool" ] || [ -z "$chrome" ]; then
    say "Lighthouse skipped: it is not among the packages of web/, or there is no Chromium"
    return 0
  fi
  local dir port=18743 code token
  dir=$(mktemp -d)
  SNUG_LISTEN=127.0.0.1:$port SNUG_DATA_DIR=$dir "$TARGET/release/snug" serve >"$dir/log" 2>&1 &
  local server=$!
  for _ in $(seq 100); do
    curl -fs "http://127.0.0.1:$port/health/ready" >/dev/null && break
    sleep 0.1
  done
  token=$(curl -fs -X POST -H 'content-type: application/json' -d '{"token":true}' "http://127.0.0.1:$port/api/auth/guest" |
    node -pe 'JSON.parse(require("fs").readFileSync(0)).token')
  code=$(curl -fs -X POST -H "authorization: Bearer $token" "http://127.0.0.1:$port/api/rooms" |
    node -pe 'JSON.parse(require("fs").readFileSync(0)).code')
  for page in home: "lobby:r/$code"; do
    say "Lighthouse: ${page%%:*}"
    CHROME_PATH=$chrome "$tool" "http://127.0.0.1:$port/${page#*:}" --quiet --no-enable-error-reporting --output=json --output-path="$OUT/lighthouse-${page%%:*}.json" \
      --only-categories=performance,accessibility,best-practices,seo --chrome-flags='--headless=new --no-sandbox' >&2 ||
      say "Lighthouse failed on ${page%%:*}"
  done
  kill "$server"
  wait "$server" || true
  rm -rf "$dir"
}

if [ "${1:-}" != report ]; then
  cargo build --locked --release
  cargo bench --locked --no-run
  : >"$OUT/load.jsonl"
  rm -f "$OUT"/lighthouse-*.json
  load memory
  load start
  load play
  load inputs
  load idle
  load jitter
  load restart
  load render
  load http
  load page
  load soak --minutes "${SNUG_BENCH_SOAK_MINUTES:-5}"
  for bench in rules fanout journal store; do
    say "criterion: $bench"
    nice -n "$NICE" cargo bench --locked --quiet --bench $bench -- --warm-up-time 1 --measurement-time 2 2>&1 | tee "$OUT/$bench.log" >&2
  done
  lighthouse
fi
node scripts/bench-report.mjs "$TARGET" >docs/benchmarks.md
say "wrote docs/benchmarks.md"
