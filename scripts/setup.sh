#!/usr/bin/env bash
# Installs what is missing, and nothing that is there. Usage: setup.sh run|test …
#   run   what building and starting needs: Rust, Node, a C compiler
#   test  what checks need besides: Chromium, Postgres, cargo-deny
# As root (or with sudo that asks for no password) it installs; otherwise it says what to install.
set -euo pipefail

CACHE=${SNUG_CACHE:-$HOME/.cache/snug}
CARGO_DENY=0.20.2
RUST_MIN=1.95
NODE_MIN=20

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

packages=()
need() { packages+=("$@"); }

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo && sudo -n true 2>/dev/null || fail "missing: ${packages[*]}. Install them: sudo apt-get install ${packages[*]}"
    as=(sudo -n)
  fi
  have apt-get || fail "missing: ${packages[*]}. Install them with your system's package manager."
  say "installing ${packages[*]}"
  # Postgres is only started by tests, on a directory of their own.
  if [[ " ${packages[*]} " == *" postgresql "* ]]; then
    "${as[@]}" mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
      echo "create_main_cluster = false" | "${as[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold "${packages[@]}" </dev/null >/dev/null
}

for_run() {
  have cargo || fail "Rust is missing; install it from https://rustup.rs"
  local rust
  rust=$(rustc --version | cut -d' ' -f2)
  at_least "$RUST_MIN" "$rust" || fail "Rust $rust is too old; Snug needs $RUST_MIN: rustup update stable"
  have node && have npm || fail "Node is missing; install version $NODE_MIN or newer from https://nodejs.org"
  local node
  node=$(node --version | tr -d v)
  at_least "$NODE_MIN" "$node" || fail "Node $node is too old; Snug needs $NODE_MIN or newer"
  # SQLite is compiled from its C source.
  have cc || need gcc libc6-dev
}

for_test() {
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 ||
    { have rustup && rustup component add rustfmt clippy; } || fail "cargo fmt and cargo clippy are missing"
  have chromium || have chromium-browser || have google-chrome || need chromium fonts-noto-color-emoji
  have postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || need postgresql
}

cargo_deny() {
  have cargo-deny && return 0
  say "building cargo-deny $CARGO_DENY once, into $CACHE (about ten minutes)"
  # A folder that is thrown away: nothing else is built with the same settings.
  local build=$CACHE/build-tools
  cargo install --locked --quiet --root "$CACHE/tools" --target-dir "$build" "cargo-deny@$CARGO_DENY" </dev/null
  rm -rf "$build"
}

mkdir -p "$CACHE"
export PATH="$CACHE/tools/bin:$PATH"
for what in "$@"; do
  case "$what" in
    run) for_run ;;
    test) for_test ;;
    *) fail "unknown: $what" ;;
  esac
done
install_packages
case " $* " in *" test "*) cargo_deny ;; esac
