#!/usr/bin/env bash
# Builds the page if it is out of date. `page.sh deps` only installs what building it needs.
set -euo pipefail
cd "$(dirname "$0")/../web"
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

lock=$(sha256sum package-lock.json | cut -d' ' -f1)
stamp=node_modules/.snug-lock
if [ "$(cat $stamp 2>/dev/null || true)" != "$lock" ]; then
  echo "page: installing packages" >&2
  # What the lock file says, as `npm ci` does. That one refuses a lock file made where the registry lacks the
  # packages of some other platform, of which Tailwind alone has a dozen.
  npm install --no-save --prefer-offline --no-audit --no-fund --loglevel=error </dev/null
  echo "$lock" >$stamp
fi
[ "${1:-}" = deps ] && exit 0

# Everything that the build reads, but what it or npm writes.
sources() { find . \( -name node_modules -o -name dist -o -name test-results -o -name playwright-report -o -name e2e \) -prune -o -type f "$@"; }
# A stamp besides index.html: a build that was cut off leaves one, too. Not in dist, which is embedded as it is.
built=node_modules/.snug-built
if [ ! -e $built ] || [ ! -e dist/index.html ] || [ -n "$(sources -newer $built -print -quit)" ]; then
  echo "page: building" >&2
  rm -f $built
  npm run --silent build </dev/null
  touch $built
fi
