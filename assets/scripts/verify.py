"""Reads every output back and checks it. Run by build.sh; needs the venv for the picture checks only."""
import gzip
import io
import json
import struct

import common as c

GEO, MAP, PIC = c.ASSETS / "geo", c.ASSETS / "map", c.ASSETS / "pictures"
checks = 0


def check(ok, what) -> None:
    global checks
    checks += 1
    if not ok:
        c.die(f"verify: {what}")


def read_bodies() -> dict:
    d = (GEO / "countries.bin").read_bytes()
    check(d[:4] == b"SNG1", "countries.bin magic")
    (n,) = struct.unpack_from("<I", d, 4)
    out, expected = {}, 8 + 16 * n
    for i in range(n):
        code, flags, pad, off, ln, points = struct.unpack_from("<2sBBIII", d, 8 + 16 * i)
        check(off == expected and pad == 0, f"countries.bin index {code}")
        expected = off + ln
        o, total, polys = off, 0, []
        npolys, o = c.read_varint(d, o)
        check(npolys > 0, f"{code} has polygons")
        for _ in range(npolys):
            box = struct.unpack_from("<4i", d, o)
            o += 16
            nrings, o = c.read_varint(d, o)
            rings = []
            for _ in range(nrings):
                k, o = c.read_varint(d, o)
                check(k >= 3, f"{code} ring of {k}")
                x = y = 0
                ring = []
                for _ in range(k):
                    dx, o = c.read_zz(d, o)
                    dy, o = c.read_zz(d, o)
                    x += dx
                    y += dy
                    ring.append((x, y))
                total += k
                rings.append(ring)
            xs, ys = [p[0] for p in rings[0]], [p[1] for p in rings[0]]
            check(-1_800_000 <= min(xs) and max(xs) <= 1_800_000 and -900_000 <= min(ys) and max(ys) <= 900_000, f"{code} range")
            check(max(abs(a - b) for a, b in zip(box, (min(xs), min(ys), max(xs), max(ys)))) <= 1, f"{code} polygon box")
            check(max(xs) - min(xs) < 1_800_000 or code == b"AQ", f"{code} polygon wider than half the world")
            polys.append((box, rings))
        check(o == off + ln and total == points, f"{code} length")
        out[code.decode()] = (flags, polys)
    check(expected == len(d), "countries.bin length")
    return out


def inside(ring, x, y) -> bool:
    hit, (px, py) = False, ring[-1]
    for qx, qy in ring:
        if (qy > y) != (py > y) and x < (px - qx) * (y - qy) / (py - qy) + qx:
            hit = not hit
        px, py = qx, qy
    return hit


def at(bodies, lon, lat, overlays=False) -> set[str]:
    x, y = lon * 1e4, lat * 1e4
    out = set()
    for code, (flags, polys) in bodies.items():
        if flags & 2 and not overlays:
            continue
        for (w, s, e, n), rings in polys:
            if w <= x <= e and s <= y <= n and sum(inside(r, x, y) for r in rings) % 2:
                out.add(code)
    return out


def countries() -> dict:
    rows = json.loads((GEO / "countries.json").read_text())
    by = {o["iso"]: o for o in rows}
    check(len(rows) == len(by) == 250 and "XK" in by, "249 codes and Kosovo")
    names: dict = {}
    for o in rows:
        check(o["continent"] in c.CONTINENTS, o["iso"])
        w, s, e, n = o["bbox"]
        check(-180 <= w < e <= 180 and -90 <= s < n <= 90, f"bbox {o['iso']}")
        check(e - w < 175 or o["iso"] == "AQ", f"bbox of {o['iso']} is wide")
        check(w <= o["lon"] <= e and s <= o["lat"] <= n, f"label of {o['iso']}")
        for other in o["neighbours"]:
            check(o["iso"] in by[other]["neighbours"], f"neighbours {o['iso']} {other}")
        for name in [o["name"], *o["alts"]]:
            key = c.fold(name)
            check(names.setdefault(key, o["iso"]) == o["iso"], f"{name} stands for two countries")
        check(len({c.fold(a) for a in [o["name"], *o["alts"]]}) == len(o["alts"]) + 1, f"spellings of {o['iso']}")
        check(o["neutral"] == (o["iso"] in c.neutral_isos()), f"neutral {o['iso']}")
        check(not (o["shape"] and (o["tiny"] or o["neutral"])), f"shape {o['iso']}")
    for iso, name in {"TR": "Türkiye", "MK": "North Macedonia", "SZ": "Eswatini", "CZ": "Czechia", "CV": "Cabo Verde", "TL": "Timor-Leste",
                      "CI": "Côte d'Ivoire", "MM": "Myanmar", "NL": "Netherlands", "GB": "United Kingdom"}.items():
        check(by[iso]["name"] == name, name)
    for spelling, iso in {"Turkey": "TR", "Ivory Coast": "CI", "Burma": "MM", "Holland": "NL", "USA": "US", "UK": "GB", "Deutschland": "DE",
                          "Swaziland": "SZ", "Cape Verde": "CV", "East Timor": "TL", "Czech Republic": "CZ", "Hrvatska": "HR"}.items():
        check(names.get(c.fold(spelling)) == iso, spelling)
    check("england" not in names, "England is not the United Kingdom")
    for iso, cont in {"CY": "AS", "TR": "AS", "RU": "EU", "GE": "AS", "EG": "AF", "GU": "OC", "KZ": "AS", "TL": "AS", "GL": "NA", "RE": "AF",
                      "HR": "EU", "TT": "NA", "PA": "NA", "CO": "SA", "AQ": "AN"}.items():
        check(by[iso]["continent"] == cont, f"continent {iso}")
    check(by["HR"]["neighbours"] == ["BA", "HU", "ME", "RS", "SI"], "neighbours of Croatia")
    check(by["KZ"]["capital"] == "Astana" and by["UA"]["capital"] == "Kyiv" and by["IL"]["capital"] == "" == by["PS"]["capital"], "capitals")
    print(f"countries.json: {len(rows)} countries, {sum(o['shape'] for o in rows)} silhouettes")
    return by


def outlines(by) -> dict:
    bodies = read_bodies()
    check(set(by) <= set(bodies), "every country has a body")
    for code, (flags, _) in bodies.items():
        check(bool(flags & 1) == (code not in by or by[code]["neutral"]), f"neutral flag {code}")
    for (lon, lat), want in {(2.35, 48.86): {"FR"}, (15.98, 45.81): {"HR"}, (37.62, 55.75): {"RU"}, (-175.0, 66.5): {"RU"}, (177.9, -17.8): {"FJ"},
                             (-98, 39): {"US"}, (-150, 64): {"US"}, (174.8, -37.2): {"NZ"}, (34.1, 44.95): {"x1"}, (30.5, 50.45): {"UA"},
                             (-52.8, 4.2): {"GF"}, (55.5, -21.1): {"RE"}, (16, 78.5): {"SJ"}, (20.9, 42.6): {"XK"}, (33.5, 35.25): {"x2"},
                             (-13, 25): {"EH"}, (28.2, -29.6): {"LS"}, (12.4534, 41.9033): {"VA"}, (10, -85): {"AQ"}, (35.8, 33.0): {"xe"},
                             (-30, 40): set(), (90, -20): set(), (-140, 30): set()}.items():
        got = at(bodies, lon, lat)
        check(got == want, f"at {lon},{lat}: {got}, expected {want}")
    check(at(bodies, 41.1, 43.1, True) == {"GE", "y1"}, "Abkhazia lies over Georgia")
    check(not {x for x in at(bodies, 34.1, 44.95) if x.isupper()}, "Simferopol is in no country")
    for iso, o in by.items():
        check(iso in at(bodies, o["lon"], o["lat"]), f"label of {iso} outside")
        if o["shape"]:
            check(sum(len(r[0]) for _, r in bodies[iso][1]) >= 25, f"silhouette of {iso}")
    print(f"countries.bin: {len(bodies)} bodies")
    return bodies


def cities(by, bodies):
    d = (GEO / "cities.bin").read_bytes()
    check(d[:4] == b"SNC1", "cities.bin magic")
    (n,) = struct.unpack_from("<I", d, 4)
    (blob_len,) = struct.unpack_from("<I", d, 8 + 28 * n)
    blob = d[8 + 28 * n + 4:]
    check(len(blob) == blob_len, "cities.bin blob")
    last, eligible, capitals, ids, big, wrong = 1 << 40, 0, set(), set(), {}, 0
    for i in range(n):
        gid, lat, lon, pop, iso, flags, cont, off, ln, alts = struct.unpack_from("<IiiI2sBBIHH", d, 8 + 28 * i)
        iso = iso.decode()
        check(0 < pop <= last, f"city {gid}: population out of order")
        last = pop
        check(gid not in ids and abs(lat) <= 9_000_000 and abs(lon) <= 18_000_000, f"city {gid}")
        ids.add(gid)
        name = blob[off:off + ln].decode()
        other = blob[off + ln:off + ln + alts].decode()
        other = other.split("\n") if other else []
        check(name and c.is_latin(name) and len(other) <= 8 and all(c.is_latin(a) for a in other), f"city {name}")
        check(c.CONTINENTS[cont] == by[iso]["continent"], f"continent of {name}")
        eligible += not flags & 6
        if flags & 1:
            check(iso not in capitals, f"two capitals of {iso}")
            capitals.add(iso)
        if c.in_area(lon / 1e5, lat / 1e5) or by[iso]["neutral"]:
            check(flags & 2, f"{name} is in a disputed area")
        if i < 3000 and not flags & 2:
            got = at(bodies, lon / 1e5, lat / 1e5)
            wrong += bool(got) and iso not in got
        big.setdefault((iso, name), (pop, flags, other))
    check(n >= 34_000 and eligible >= 34_000, f"{eligible} cities can be an answer")
    check(wrong <= 12, f"{wrong} of the 3,000 largest cities lie in another country's outline")
    # GeoNames has no population for Ngerulmud (PW)
    check(capitals >= {i for i, o in by.items() if o["capital"]} - {"PW"}, f"capitals missing: {[i for i, o in by.items() if o['capital'] and i not in capitals]}")
    for key in (("KZ", "Astana"), ("UA", "Kyiv"), ("IN", "Bengaluru"), ("TR", "Istanbul"), ("HR", "Zagreb"), ("US", "Washington, D.C."), ("VN", "Ho Chi Minh City")):
        check(key in big, f"{key} missing")
    for key, alt in ((("UA", "Kyiv"), "Kiev"), (("DE", "Munich"), "München"), (("RU", "Moscow"), "Moskva"), (("IN", "Mumbai"), "Bombay"), (("AT", "Vienna"), "Wien")):
        check(alt in big[key][2], f"{alt} for {key}")
    check(big["UA", "Simferopol"][1] & 2 and big["IN", "Srinagar"][1] & 2 and big["GE", "Sukhumi"][1] & 2 and big["XK", "Pristina"][1] & 2, "disputed cities")
    print(f"cities.bin: {n} cities, {eligible} can be an answer, {len(capitals)} capitals, {wrong} of the largest 3,000 in a neighbour's outline")


def lines():
    d = (GEO / "lines.bin").read_bytes()
    check(d[:4] == b"SNL1", "lines.bin magic")
    (n,) = struct.unpack_from("<I", d, 4)
    check(n == 3, "three layers")
    for i in range(n):
        lid, off, ln, count = struct.unpack_from("<B3xIII", d, 8 + 16 * i)
        check(lid == i and count > 300, f"layer {i}")
        o = off
        for _ in range(count):
            w, s, e, nn = struct.unpack_from("<4h", d, o)
            size, o = c.read_varint(d, o + 8)
            end = o + size
            k, o = c.read_varint(d, o)
            x = y = 0
            for _ in range(k):
                dx, o = c.read_zz(d, o)
                dy, o = c.read_zz(d, o)
                x, y = x + dx, y + dy
                check(w * 10 <= x <= e * 10 and s * 10 <= y <= nn * 10, f"layer {i}: point outside its box")
            check(o == end and k >= (3 if lid == 2 else 2) and e - w < 18000, f"layer {i}: feature")
        check(o == off + ln, f"layer {i}: length")
    print("lines.bin: 3 layers")


def pictures(by):
    from PIL import Image

    def size(b, want=None):
        im = Image.open(io.BytesIO(b))
        im.load()
        check(im.format == "WEBP" and not getattr(im, "is_animated", False), "plain WebP")
        check(want is None or im.size == want, f"{im.size}")
        return im

    for name, cols, rows, px in (("relief", 16, 8, 675), ("blue", 8, 4, 340), ("night", 8, 4, 340)):
        a = c.read_archive(PIC / f"{name}.bin")
        check(set(a) == {c.tile_key(0, x, y) for x in range(cols) for y in range(rows)}, f"{name} keys")
        for b in a.values():
            size(b, (px, px))
    a = c.read_archive(PIC / "flags.bin")
    check(set(a) == {ord(i[0]) << 8 | ord(i[1]) for i, o in by.items() if not o["neutral"]}, "a flag for every country that is not neutral")
    one = None
    for b in a.values():
        im = size(b)
        one = one or im.size
        check(im.size == one, "flags of one size")
    same: dict = {}
    for k, b in a.items():
        same.setdefault(b, []).append(chr(k >> 8) + chr(k & 255))
    print(f"flags.bin: {len(a)} flags {one}; the same: {[v for v in same.values() if len(v) > 1]}")
    a = c.read_archive(MAP / "shade.bin")
    check(set(a) == {c.tile_key(z, x, y) for z in range(5) for x in range(1 << z) for y in range(1 << z)}, "shade keys")
    for b in a.values():
        size(b, (512, 512))
    # mid-Pacific is flat, the Alps are not
    flat = size(a[c.tile_key(4, 1, 6)]).convert("L").getextrema()
    alps = size(a[c.tile_key(4, 8, 5)]).convert("L").getextrema()
    check(flat[1] - flat[0] <= 12 and alps[1] - alps[0] > 60, f"shade {flat} {alps}")


def tiles():
    a = c.read_archive(MAP / "tiles.bin")
    seen: dict = {}
    for key, b in a.items():
        z, x, y = key >> 48, key >> 24 & 0xFFFFFF, key & 0xFFFFFF
        check(z <= 6 and x < 1 << z and y < 1 << z, f"tile {z}/{x}/{y}")
        raw = gzip.decompress(b)
        o = 0
        while o < len(raw):
            tag, o = c.read_varint(raw, o)
            check(tag == 0x1A, f"tile {z}/{x}/{y}: not a layer")
            ln, o = c.read_varint(raw, o)
            body, o = raw[o:o + ln], o + ln
            p = 0
            while p < len(body):
                t, p = c.read_varint(body, p)
                if t & 7 == 0:
                    _, p = c.read_varint(body, p)
                else:
                    n, p = c.read_varint(body, p)
                    if t >> 3 == 1:
                        seen.setdefault(body[p:p + n].decode(), set()).add(z)
                    p += n
    want = {"land", "disputed", "border", "coast", "lakes", "rivers", "urban", "ice", "country_label", "city_label"}
    check(set(seen) == want, f"layers {set(seen) ^ want}")
    check(min(seen["city_label"]) == 3 and 6 in seen["land"] and 0 in seen["land"], "zooms")
    t = json.loads((MAP / "fallback.json").read_text())
    ids = {g["id"] for g in t["objects"]["land"]["geometries"]}
    check({"FR", "HR", "RU", "AQ", "x1"} <= ids and len(ids) > 240, "fallback ids")
    print(f"tiles.bin: {len(a)} tiles; fallback.json: {len(ids)} bodies")


def sizes():
    total = 0
    limits = {"geo/countries.bin": 1_300_000, "map/tiles.bin": 3_600_000, "map/shade.bin": 2_050_000, "pictures/flags.bin": 1_600_000,
              "pictures/relief.bin": 1_000_000, "map/fallback.json": 90_000}
    for path in sorted(p for d in (GEO, MAP, PIC) for p in d.iterdir()):
        size = path.stat().st_size
        total += size
        name = str(path.relative_to(c.ASSETS))
        print(f"  {size:>10,}  {name}")
        check(size <= limits.get(name, 1 << 40), f"{name} is too large")
    print(f"  {total:>10,}  in all")
    check(total <= 13_000_000, "assets over 13 MB")


if __name__ == "__main__":
    by = countries()
    bodies = outlines(by)
    cities(by, bodies)
    lines()
    tiles()
    pictures(by)
    sizes()
    print(f"verify: {checks:,} checks passed")
