"""Shared helpers of the asset scripts: paths, the disputed list, varints, archives, shapes of the world."""
import os
import struct
import sys
import tomllib
import unicodedata
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("SNUG_CACHE") or Path.home() / ".cache" / "snug")
NODE = CACHE / "npm" / "node_modules"
MARBLE = CACHE / "apt" / "usr" / "share" / "marble" / "data"
WORK = CACHE / "work"
WORK.mkdir(parents=True, exist_ok=True)

CONTINENTS = ["EU", "AS", "AF", "NA", "SA", "OC", "AN"]


def disputed() -> dict:
    with open(ASSETS / "geo" / "disputed.toml", "rb") as f:
        return tomllib.load(f)


def neutral_isos() -> set[str]:
    return {k for k in disputed()["neutral"] if len(k) == 2}


def area_boxes() -> list[tuple[str, list[float]]]:
    return [(a["name"], a["box"]) for a in disputed()["areas"]]


def in_area(lon: float, lat: float, margin: float = 0.0) -> bool:
    return any(w - margin <= lon <= e + margin and s - margin <= lat <= n + margin for _, (w, s, e, n) in area_boxes())


_LIGATURES = {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "œ": "oe",
              "Œ": "OE", "ı": "i", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ə": "a", "Ə": "A", "ħ": "h", "Ħ": "H"}


def ascii_fold(s: str) -> str:
    """Drop accents, keep case and punctuation."""
    s = "".join(_LIGATURES.get(c, c) for c in s)
    return "".join(c for c in unicodedata.normalize("NFKD", s) if not unicodedata.combining(c))


def fold(s: str) -> str:
    """A key for comparing names: no accents, no case, letters and digits only."""
    return "".join(c for c in ascii_fold(s).casefold() if c.isalnum())


def is_latin(s: str) -> bool:
    return all(not c.isalpha() or "LATIN" in unicodedata.name(c, "") for c in s) and any(c.isalpha() for c in s)


# --- encodings -------------------------------------------------------------------------------------------------------

def varint(n: int) -> bytes:
    out = bytearray()
    while True:
        b = n & 0x7F
        n >>= 7
        if n:
            out.append(b | 0x80)
        else:
            out.append(b)
            return bytes(out)


def zz(n: int) -> bytes:
    return varint((n << 1) if n >= 0 else ((-n << 1) - 1))


def read_varint(d: bytes, o: int) -> tuple[int, int]:
    shift = n = 0
    while True:
        b = d[o]
        o += 1
        n |= (b & 0x7F) << shift
        if b < 0x80:
            return n, o
        shift += 7


def read_zz(d: bytes, o: int) -> tuple[int, int]:
    n, o = read_varint(d, o)
    return (n >> 1) ^ -(n & 1), o


def tile_key(z: int, x: int, y: int) -> int:
    return z << 48 | x << 24 | y


def write_archive(path: Path, blobs: dict[int, bytes]) -> None:
    """SNT1: count, entries (key, offset, len) sorted by key, then the blobs; equal blobs are stored once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    base = 8 + 16 * len(blobs)
    body, seen, entries = bytearray(), {}, []
    for key in sorted(blobs):
        b = blobs[key]
        if b not in seen:
            seen[b] = base + len(body)
            body += b
        entries.append(struct.pack("<QII", key, seen[b], len(b)))
    path.write_bytes(b"SNT1" + struct.pack("<I", len(blobs)) + b"".join(entries) + bytes(body))
    print(f"{path.relative_to(ASSETS)}: {len(blobs)} entries, {len(seen)} blobs, {path.stat().st_size:,} bytes")


def read_archive(path: Path) -> dict[int, bytes]:
    d = path.read_bytes()
    assert d[:4] == b"SNT1", path
    (n,) = struct.unpack_from("<I", d, 4)
    out, last = {}, -1
    for i in range(n):
        key, off, ln = struct.unpack_from("<QII", d, 8 + 16 * i)
        assert key > last and off >= 8 + 16 * n and off + ln <= len(d), (path, i)
        last = key
        out[key] = d[off:off + ln]
    return out


# --- Marble's .pn2 vector files (Natural Earth 1:50m, 1/120 degree) --------------------------------------------------

def read_pn2(name: str) -> list[tuple[int, int, list[tuple[float, float]]]]:
    """[(feature id, flag, points)]: flag 0 line, 1 ring, 2 outer ring, 3 inner ring."""
    d = (MARBLE / "naturalearth" / f"{name}.pn2").read_bytes()
    _version, _count, colours = struct.unpack_from(">BIB", d, 0)
    o, out = 6, []
    while o < len(d):
        flag, fid = struct.unpack_from(">BI", d, o)
        o += 5
        if flag == 4:
            o += 1
            continue
        if colours and flag in (1, 2):
            o += 1
        (absolute,) = struct.unpack_from(">I", d, o)
        o += 4
        pts = []
        for _ in range(absolute):
            lat, lon, children = struct.unpack_from(">hhh", d, o)
            o += 6
            pts.append((lon / 120, lat / 120))
            for _ in range(children):
                dlat, dlon = struct.unpack_from(">bb", d, o)
                o += 2
                pts.append(((lon + dlon) / 120, (lat + dlat) / 120))
        out.append((fid, flag, pts))
    assert o == len(d), f"{name}: trailing bytes"
    return out


def die(msg: str) -> None:
    sys.exit(f"error: {msg}")
