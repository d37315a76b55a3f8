"""The layers of the base map as GeoJSON in $SNUG_CACHE/work/map/, for tiles.mjs to cut; and the colours of the countries."""
import json
import math
import struct

from shapely import coverage_simplify, make_valid
from shapely.geometry import LineString, MultiPolygon, Polygon, mapping
from shapely.geometry.polygon import orient
from shapely.ops import linemerge

import common as c
import world

OUT = c.WORK / "map"


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write(name: str, features: list) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False))
    print(f"  {name}: {len(features)} features")


def edges(bodies: dict) -> dict:
    owners: dict = {}
    for code, polys in bodies.items():
        for p in polys:
            for r in [p.exterior, *p.interiors]:
                pts = list(r.coords)
                for a, b in zip(pts, pts[1:]):
                    if abs(a[0]) == 180 and a[0] == b[0] or a[1] == b[1] == -90:
                        continue  # the cut, not a coast
                    owners.setdefault((min(a, b), max(a, b)), set()).add(code)
    return owners


def coarser(bodies: dict, tolerance: float) -> dict:
    """The same bodies with fewer points; shared edges stay shared. The deepest zoom shows no more than this."""
    flat = [(k, p) for k, polys in bodies.items() for p in polys]
    done = coverage_simplify([p for _, p in flat], tolerance)
    out: dict = {k: [] for k in bodies}
    for (k, _), p in zip(flat, done):
        out[k] += world.polygons(p)
    return out


def merged(segments) -> list:
    m = linemerge(segments) if len(segments) > 1 else LineString(segments[0])
    lines = [m] if m.geom_type == "LineString" else list(m.geoms)
    return [list(l.coords) for l in lines]


def colours(bodies: dict, owners: dict) -> dict[str, int]:
    """Greedy colouring with six colours: neighbours, and islands close by, differ."""
    near: dict[str, set] = {k: set() for k in bodies}
    for s in owners.values():
        for a in s:
            near[a] |= s - {a}
    boxes = {k: [(p, p.bounds) for p in sorted(v, key=world.area_km2, reverse=True)[:12]] for k, v in bodies.items()}
    codes = list(bodies)
    for i, a in enumerate(codes):
        for b in codes[i + 1:]:
            if any(x[0] - 1.2 < y[2] and y[0] - 1.2 < x[2] and x[1] - 1.2 < y[3] and y[1] - 1.2 < x[3] and p.distance(q) < 1.2
                   for p, x in boxes[a][:4] for q, y in boxes[b][:4]):
                near[a].add(b)
                near[b].add(a)
    out: dict[str, int] = {}
    used = [0] * 6
    while len(out) < len(bodies):
        # the body with the most coloured neighbours first (DSATUR)
        k = max((k for k in bodies if k not in out), key=lambda k: (len({out[x] for x in near[k] if x in out}), len(near[k]), k))
        taken = [out[x] for x in near[k] if x in out]
        pick = min(range(6), key=lambda n: (taken.count(n), used[n], n))
        out[k] = pick
        used[pick] += 1
    return out


def areas(name: str) -> list:
    """Polygons of a Marble file, inner rings joined to the outer ring before them."""
    polys: list = []
    for _, flag, pts in c.read_pn2(name):
        if len(pts) < 3 or any(abs(a[0] - b[0]) > 180 for a, b in zip(pts, pts[1:])):
            continue
        if flag == 3:
            polys[-1][1].append(pts)
        else:
            polys.append((pts, []))
    return [q for outer, inner in polys for q in world.polygons(make_valid(Polygon(outer, inner)))]


def cities() -> list:
    d = (c.ASSETS / "geo" / "cities.bin").read_bytes()
    (n,) = struct.unpack_from("<I", d, 4)
    blob = 8 + 28 * n + 4
    out: list = []
    placed: dict[tuple[int, int], list] = {}
    for i in range(n):
        _, lat, lon, pop, _, flags, _, off, ln, _ = struct.unpack_from("<IiiI2sBBIHH", d, 8 + 28 * i)
        if flags & 16 or not (flags & 1 or pop >= 150_000):
            continue
        # largest first: nothing but a capital within 12 km of a city that has its label
        cell = lat // 20_000, lon // 40_000
        near = (p for a in (-1, 0, 1) for b in (-1, 0, 1) for p in placed.get((cell[0] + a, cell[1] + b), ()))
        k = math.cos(math.radians(lat / 1e5)) * 1.112e-3
        if not flags & 1 and any(math.hypot((p[0] - lat) * 1.112e-3, (p[1] - lon) * k) < 12 for p in near):
            continue
        placed.setdefault(cell, []).append((lat, lon))
        rank = next((r for r, p in enumerate((5e6, 2e6, 1e6, 5e5, 3e5, 15e4)) if pop >= p), 6)
        out.append(feature({"type": "Point", "coordinates": [lon / 1e5, lat / 1e5]}, name=d[blob + off:blob + off + ln].decode(),
                           cap=flags & 1, rank=rank, pop=pop))
    return out


def fallback(all_bodies: dict, neutral: set) -> None:
    """A few hundred polygons for the click map without WebGL; rings clockwise, as d3-geo wants them."""
    keep = {}
    for k, polys in all_bodies.items():
        by_area = sorted(polys, key=world.area_km2, reverse=True)
        keep[k] = by_area[:1] + [p for p in by_area[1:] if world.area_km2(p) > 6000]
    features = []
    for k, polys in sorted(coarser(keep, 0.6).items()):
        polys = polys or [p.envelope for p in keep[k][:1]]
        f = feature(mapping(MultiPolygon([orient(p, -1.0) for p in polys])), **({"neutral": 1} if k in neutral else {}))
        features.append({**f, "id": k})
    write("fallback", features)


def main():
    w = world.load()
    bodies = coarser({k: v for k, v in w["bodies"].items() if v}, 0.008)
    neutral = world.neutral_codes(w)
    fallback({k: v for k, v in w["bodies"].items() if v}, neutral)
    owners = edges(bodies)
    colour = colours(bodies, owners)
    clash = sum(1 for s in owners.values() if len({colour[x] for x in s}) < len(s))
    print(f"  colours: {clash} border edges between equal colours")
    write("land", [feature(mapping(MultiPolygon(v)), iso=k, c=colour[k], **({"neutral": 1} if k in neutral else {})) for k, v in bodies.items()])

    names = {**w["names"], **{o["iso"]: o["name"] for o in json.loads((c.ASSETS / "geo" / "countries.json").read_text())}}
    hatched = [(names[k], p) for k in sorted(neutral) if k != "AQ" for p in bodies.get(k) or w["overlays"][k]] + w["hatched"]
    write("disputed", [feature(mapping(p), name=n) for n, p in hatched])

    lines: dict = {}
    coast = []
    for (a, b), s in owners.items():
        if len(s) == 1:
            coast.append((a, b))
        else:
            dashed = bool(s & neutral) or c.in_area((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, 0.05)
            lines.setdefault((tuple(sorted(s)), dashed), []).append((a, b))
    border = [feature({"type": "LineString", "coordinates": l}, **({"d": 1} if d else {})) for (_, d), seg in lines.items() for l in merged(seg)]
    for polys in w["overlays"].values():  # the breakaway regions' own edge
        border += [feature({"type": "LineString", "coordinates": list(p.exterior.coords)}, d=1) for p in polys]
    write("border", border)
    write("coast", [feature({"type": "LineString", "coordinates": l}) for l in merged(coast)])
    write("lakes", [feature(mapping(p)) for p in areas("ne_50m_lakes")])
    write("urban", [feature(mapping(p)) for p in areas("ne_50m_urban_areas")])
    write("ice", [feature(mapping(p)) for n in ("ne_50m_glaciated_areas", "ne_50m_antarctic_ice_shelves_polys") for p in areas(n)])
    write("rivers", [feature({"type": "LineString", "coordinates": pts}) for _, _, pts in c.read_pn2("ne_50m_rivers_lake_centerlines")])

    labels = []
    for o in json.loads((c.ASSETS / "geo" / "countries.json").read_text()):
        rank = next((r for r, a in enumerate((3e6, 9e5, 3e5, 9e4, 2e4, 1500)) if o["area_km2"] >= a), 6)
        labels.append(feature({"type": "Point", "coordinates": [o["lon"], o["lat"]]}, name=o["name"], iso=o["iso"], rank=rank,
                              **({"neutral": 1} if o["neutral"] else {})))
    write("country_label", labels)
    write("city_label", cities())


if __name__ == "__main__":
    main()
