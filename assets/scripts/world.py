"""The countries of Natural Earth (npm world-atlas, 1:10m), repaired for Snug.

World-atlas rings run across the antimeridian and around the south pole; here they are cut into plain longitude/latitude
polygons. Overseas parts that have their own ISO code but no own feature (French Guiana, Svalbard ...) are split off,
features without a code become neutral bodies x1, x2 ... or join the country they plainly belong to; Crimea and the Golan,
which Natural Earth gives to their holder, become neutral bodies of their own, and Western Sahara is put together again.
"""
import json
import math
import pickle

from shapely import make_valid
from shapely.affinity import translate
from shapely.geometry import Polygon, box
from shapely.ops import unary_union

import common as c

NUMERIC = {int(v["isonumeric"]): k for k, v in json.loads((c.CACHE / "work" / "gn-countries.json").read_text()).items()
           if v["isonumeric"] and k not in ("AN", "CS")}

# Features of world-atlas without a numeric code: the ones that are nobody's quarrel join a country ...
JOIN = {"Coral Sea Is.": "AU", "Ashmore and Cartier Is.": "AU", "Clipperton I.": "FR", "Indian Ocean Ter.": "AU"}
# ... the others are neutral bodies, in this fixed order (x1 is Crimea).
NEUTRAL_BODIES = ["Crimea", "N. Cyprus", "Somaliland", "Siachen Glacier", "Cyprus U.N. Buffer Zone", "Dhekelia", "Akrotiri",
                  "Baikonur", "USNB Guantanamo Bay", "Spratly Is.", "Scarborough Reef", "Bajo Nuevo Bank", "Serranilla Bank",
                  "Golan Heights"]
# Breakaway regions inside a country's own polygon: overlays, drawn on top, as is Baikonur (feature ids of Marble's 1:50m file).
OVERLAYS = {"Abkhazia": 18, "South Ossetia": 2, "Transnistria": 16}
# More areas of disputed.toml with a known outline: hatched on the map only.
HATCHED = {"Ilemi Triangle": [1], "Nagorno-Karabakh": [3], "Southern Kurils": [4], "Arunachal Pradesh": [8],
           "Kashmir": [12, 13, 14, 15, 21, 22], "Abyei": [23]}

# Parts of a feature that have an ISO code of their own: country of the feature, code, box.
SPLIT = [
    ("FR", "GF", (-55.5, 1.5, -51, 6.5)), ("FR", "GP", (-62, 15.7, -60.9, 16.7)), ("FR", "MQ", (-61.4, 14.2, -60.6, 15.0)),
    ("FR", "RE", (55, -21.6, 56, -20.6)), ("FR", "YT", (44.9, -13.1, 45.4, -12.5)),
    ("NO", "SJ", (7, 70, 36, 82)), ("NO", "SJ", (-10, 70.5, -7, 71.5)), ("NO", "BV", (3, -55, 4, -54)),
    ("NL", "BQ", (-70, 11.5, -62, 18)), ("AU", "CX", (105, -11, 106, -10)), ("AU", "CC", (96, -13, 98, -11)),
    ("NZ", "TK", (-173, -10, -171, -8)),
]
CRIMEA_BOX = (32.3, 44.2, 36.75, 46.3)


def load_topology(res: str) -> tuple[dict, list[list[tuple[float, float]]]]:
    topo = json.loads((c.NODE / "world-atlas" / f"countries-{res}.json").read_text())
    (sx, sy), (tx, ty) = topo["transform"]["scale"], topo["transform"]["translate"]
    arcs = []
    for arc in topo["arcs"]:
        x = y = 0
        pts = []
        for dx, dy in arc:
            x += dx
            y += dy
            pts.append((x * sx + tx, y * sy + ty))
        arcs.append(pts)
    return topo, arcs


def ring_points(arcs, indices) -> list[tuple[float, float]]:
    pts = []
    for i in indices:
        a = arcs[i] if i >= 0 else arcs[~i][::-1]
        pts.extend(a if not pts else a[1:])
    return pts


def unroll(pts):
    """Make longitudes continuous: a jump of more than 180 degrees is a step across the antimeridian."""
    out, shift, prev = [pts[0]], 0.0, pts[0][0]
    for lon, lat in pts[1:]:
        if lon - prev > 180:
            shift -= 360
        elif lon - prev < -180:
            shift += 360
        prev = lon
        out.append((lon + shift, lat))
    return out


def cut(rings) -> list[Polygon]:
    """Rings of one polygon (outer first) -> plain polygons inside [-180, 180]."""
    outer = unroll(rings[0])
    turn = outer[-1][0] - outer[0][0]
    if abs(turn) > 180:  # goes once around the south pole: Antarctica
        outer = outer + [(outer[-1][0], -90.0), (outer[0][0], -90.0)]
    if len(outer) < 4:
        return []
    poly = Polygon(outer)
    holes = []
    for ring in rings[1:]:
        hole = unroll(ring)
        if len(hole) < 4:
            continue
        hp = Polygon(hole)
        for k in (0, -360, 360):
            t = translate(hp, k)
            if poly.envelope.buffer(1e-6).contains(t.envelope):
                holes.append(t)
                break
    poly = make_valid(poly)
    for h in holes:
        poly = poly.difference(make_valid(h))
    out = []
    w, _, e, _ = poly.bounds
    for k in range(math.floor((w + 180) / 360), math.floor((e + 180) / 360) + 1):
        part = poly if -180 <= w and e <= 180 else poly.intersection(box(-180 + 360 * k, -90, 180 + 360 * k, 90))
        if -180 <= w and e <= 180 and k != 0:
            continue
        out.extend(polygons(translate(part, -360 * k) if k else part))
    return out


def polygons(g) -> list[Polygon]:
    if g.is_empty:
        return []
    if g.geom_type == "Polygon":
        return [g] if g.area > 1e-9 else []
    if hasattr(g, "geoms"):
        return [p for part in g.geoms for p in polygons(part)]
    return []


def area_km2(p: Polygon) -> float:
    """Area on a cylinder of equal area: exact enough for comparing islands."""
    k = math.pi / 180
    def ring(r):
        xs = [(x * k, math.sin(y * k)) for x, y in r.coords]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(xs, xs[1:]))) / 2
    return 6371.0 ** 2 * (ring(p.exterior) - sum(ring(i) for i in p.interiors))


def breakaway() -> dict[int, list[Polygon]]:
    out: dict[int, list[Polygon]] = {}
    for fid, _flag, pts in c.read_pn2("ne_50m_admin_0_breakaway_disputed_areas"):
        out.setdefault(fid, []).extend(polygons(make_valid(Polygon(pts))))
    return out


def in_box(p: Polygon, b) -> bool:
    q = p.representative_point()
    return b[0] <= q.x <= b[2] and b[1] <= q.y <= b[3]


def build(res: str = "10m") -> dict:
    topo, arcs = load_topology(res)
    bodies: dict[str, list[Polygon]] = {}
    names: dict[str, str] = {}
    dropped = 0
    for g in topo["objects"]["countries"]["geometries"]:
        name = g["properties"]["name"]
        code = NUMERIC.get(int(g["id"])) if g.get("id") else None
        if name == "Kosovo":
            code = "XK"
        if name in JOIN:
            code = JOIN[name]
        if code is None:
            if name not in NEUTRAL_BODIES:
                c.die(f"feature without a place: {name}")
            code = f"x{NEUTRAL_BODIES.index(name) + 1}" if NEUTRAL_BODIES.index(name) < 9 else \
                "x" + chr(ord("a") + NEUTRAL_BODIES.index(name) - 9)
            names[code] = name
        for rings in [g["arcs"]] if g["type"] == "Polygon" else g["arcs"]:
            parts = cut([ring_points(arcs, r) for r in rings])
            dropped += not parts
            bodies.setdefault(code, []).extend(parts)
    if not bodies.get("VA"):  # collapses in the quantised source: a plain octagon of its size around St Peter's
        vatican = Polygon([(12.4534 + 0.0046 * math.cos(t * math.pi / 4), 41.9033 + 0.0034 * math.sin(t * math.pi / 4)) for t in range(8)])
        bodies["VA"] = [vatican]
        bodies["IT"] = [q for p in bodies["IT"] for q in polygons(p.difference(vatican))]
    # own codes for the parts that have one
    for owner, code, b in SPLIT:
        mine = [p for p in bodies.get(owner, []) if in_box(p, b)]
        if mine:
            bodies[owner] = [p for p in bodies[owner] if not in_box(p, b)]
            bodies.setdefault(code, []).extend(mine)
    # Crimea and the Golan belong to nobody here
    crimea = [p for p in bodies["RU"] if in_box(p, CRIMEA_BOX)]
    if not crimea:
        c.die("no Crimea found in the polygons of Russia")
    bodies["RU"] = [p for p in bodies["RU"] if not in_box(p, CRIMEA_BOX)]
    bodies["x1"], names["x1"] = crimea, "Crimea"
    # Western Sahara in its whole extent, up to 27 deg 40' N: Natural Earth gives its western part to Morocco
    south = box(-18, 20, -8.6, 27 + 2 / 3)
    held = [q for p in bodies["MA"] for q in polygons(p.intersection(south))]
    bodies["MA"] = [q for p in bodies["MA"] for q in polygons(p.difference(south))]
    bodies["EH"] = polygons(unary_union([*held, *bodies["EH"]]))
    away = breakaway()
    golan_net = unary_union(away[5]).buffer(0.03)
    golan = [p for q in bodies["IL"] for p in polygons(q.intersection(golan_net)) if area_km2(p) > 20]
    if golan and sum(map(area_km2, golan)) > 500:
        net = unary_union(golan)
        bodies["IL"] = [p for q in bodies["IL"] for p in polygons(q.difference(net)) if area_km2(p) > 1]
        code = "x" + chr(ord("a") + NEUTRAL_BODIES.index("Golan Heights") - 9)
        bodies[code], names[code] = golan, "Golan Heights"
    overlays = {}
    for code, name in list(names.items()):  # leased, but not in dispute whose it is: drawn on top, not cut out
        if name == "Baikonur":
            overlays[code] = bodies.pop(code)
            whole = unary_union([*bodies["KZ"], *(p.buffer(0.002) for p in overlays[code])])
            bodies["KZ"] = [Polygon(p.exterior, [h for h in p.interiors if area_km2(Polygon(h)) > 5]) for p in polygons(whole)]
    for i, (name, fid) in enumerate(OVERLAYS.items()):
        code = f"y{i + 1}"
        overlays[code], names[code] = away[fid], name
    hatched = [(name, p) for name, ids in HATCHED.items() for i in ids for p in away[i]]
    print(f"{res}: {len(bodies)} bodies, {sum(map(len, bodies.values()))} polygons, {dropped} degenerate dropped")
    return {"bodies": bodies, "names": names, "overlays": overlays, "hatched": hatched}


def load(res: str = "10m") -> dict:
    path = c.WORK / f"world-{res}.pickle"
    if not path.exists():
        path.write_bytes(pickle.dumps(build(res)))
    return pickle.loads(path.read_bytes())


def neutral_codes(w: dict) -> set[str]:
    return c.neutral_isos() | {k for k in w["bodies"] if k[0] == "x"} | set(w["overlays"])


if __name__ == "__main__":
    for res in ("10m", "50m"):
        (c.WORK / f"world-{res}.pickle").unlink(missing_ok=True)
    w = load()
    print({k: w["names"][k] for k in sorted(w["names"])})
    have = set(w["bodies"])
    print("codes without a polygon:", sorted(set(NUMERIC.values()) - have))
