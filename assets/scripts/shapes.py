"""geo/countries.bin: the outlines of countries and neutral bodies (SNG1, see assets/README.md)."""
import math
import struct

from shapely import make_valid
from shapely.affinity import scale
from shapely.geometry import Polygon

import common as c
import world

UNIT = 10_000
NEUTRAL, OVERLAY = 1, 2


def simplify(polys: list[Polygon]) -> list[Polygon]:
    """Douglas-Peucker in a plane where a degree of longitude has its true length; islands under 0.02 % of the country go."""
    areas = [world.area_km2(p) for p in polys]
    keep = [p for p, a in sorted(zip(polys, areas), key=lambda x: -x[1]) if a >= 0.0002 * sum(areas)]
    out = []
    w, s = min(p.bounds[0] for p in keep), min(p.bounds[1] for p in keep)
    e, n = max(p.bounds[2] for p in keep), max(p.bounds[3] for p in keep)
    k = max(0.1, math.cos(math.radians((s + n) / 2)))
    if e - w > 180:  # both sides of the antimeridian: measure the other way round
        west = min((p.bounds[0] for p in keep if p.bounds[0] >= 0), default=w)
        east = max((p.bounds[2] for p in keep if p.bounds[2] <= 0), default=e - 360)
        e, w = east + 360, west
    tolerance = max(math.hypot(e - w, n - s) / 2500, 0.002)
    for p in keep:
        q = scale(p, xfact=k, yfact=1, origin=(0, 0))
        small = max(q.bounds[2] - q.bounds[0], q.bounds[3] - q.bounds[1])
        t = min(tolerance, small / 60)  # an island keeps a shape
        outer = Polygon(q.exterior).simplify(t, preserve_topology=True)
        # a hole is another country (the Vatican, Lesotho): a small one keeps its shape
        holes = [Polygon(h).simplify(min(t, math.sqrt(Polygon(h).area) / 12), preserve_topology=True).exterior
                 for h in q.interiors if Polygon(h).area > 1e-6]
        q = Polygon(outer.exterior, holes)
        q = scale(q, xfact=1 / k, yfact=1, origin=(0, 0))
        for part in world.polygons(q if q.is_valid else make_valid(q)):
            out.append(part)
    return out


def encode_ring(coords, state=None) -> bytes:
    pts = []
    for x, y in coords:
        pt = (round(x * UNIT), round(y * UNIT))
        if not pts or pts[-1] != pt:
            pts.append(pt)
    if len(pts) > 1 and pts[0] == pts[-1]:
        pts.pop()
    if len(pts) < 3:
        return b""
    out = [c.varint(len(pts))]
    px = py = 0
    for x, y in pts:
        out.append(c.zz(x - px) + c.zz(y - py))
        px, py = x, y
    return b"".join(out)


def encode(polys: list[Polygon]) -> tuple[bytes, int]:
    bodies, points = [], 0
    for p in polys:
        rings = [r for r in (encode_ring(x.coords) for x in (p.exterior, *p.interiors))]
        if not rings[0]:
            continue
        rings = [r for r in rings if r]
        w, s, e, n = (round(v * UNIT) for v in p.bounds)
        bodies.append(struct.pack("<4i", w, s, e, n) + c.varint(len(rings)) + b"".join(rings))
        points += sum(c.read_varint(r, 0)[0] for r in rings)
    return c.varint(len(bodies)) + b"".join(bodies), points


def main():
    w = world.load()
    neutral = world.neutral_codes(w)
    items = [(k, v, 0) for k, v in sorted(w["bodies"].items())] + [(k, v, OVERLAY) for k, v in sorted(w["overlays"].items())]
    index, bodies = [], []
    offset = 8 + 16 * len(items)
    for code, polys, flags in items:
        body, points = encode(simplify(polys))
        assert points, code
        index.append(struct.pack("<2sBBIII", code.encode(), flags | NEUTRAL * (code in neutral), 0, offset, len(body), points))
        bodies.append(body)
        offset += len(body)
    path = c.ASSETS / "geo" / "countries.bin"
    path.write_bytes(b"SNG1" + struct.pack("<I", len(items)) + b"".join(index) + b"".join(bodies))
    total = sum(struct.unpack_from("<I", i, 12)[0] for i in index)
    print(f"geo/countries.bin: {len(items)} bodies, {total:,} points, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
