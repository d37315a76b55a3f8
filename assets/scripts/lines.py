"""geo/lines.bin: coast lines, rivers and lakes for the picture rounds (SNL1, see assets/README.md), from Natural Earth 1:50m."""
import math
import struct

from shapely.geometry import LineString, Polygon

import common as c

UNIT = 1000


def encode(points, closed: bool) -> bytes | None:
    pts = []
    for x, y in points:
        pt = (round(x * UNIT), round(y * UNIT))
        if not pts or pts[-1] != pt:
            pts.append(pt)
    if closed and pts[0] == pts[-1]:
        pts.pop()
    if len(pts) < (3 if closed else 2):
        return None
    box = (math.floor(min(p[0] for p in pts) / 10), math.floor(min(p[1] for p in pts) / 10),
           math.ceil(max(p[0] for p in pts) / 10), math.ceil(max(p[1] for p in pts) / 10))
    rest = [c.varint(len(pts))]
    px = py = 0
    for x, y in pts:
        rest.append(c.zz(x - px) + c.zz(y - py))
        px, py = x, y
    rest = b"".join(rest)
    return struct.pack("<4h", *box) + c.varint(len(rest)) + rest


def pieces(points, limit: int = 400):
    """Long lines in pieces, so that a bounding box tells something; each goes on where the last one ended."""
    for i in range(0, len(points) - 1, limit):
        yield points[i:i + limit + 1]


def across(points) -> bool:
    return any(abs(a[0] - b[0]) > 180 for a, b in zip(points, points[1:]))


def main():
    layers = []
    for lid, name, closed in ((0, "ne_50m_coastline", False), (1, "ne_50m_rivers_lake_centerlines", False), (2, "ne_50m_lakes", True)):
        out = []
        for _, flag, pts in c.read_pn2(name):
            if flag == 3 or across(pts):
                continue
            # Marble's files step by 1/120 degree: points on a straight line say nothing
            line = (Polygon(pts).simplify(0.002).exterior.coords if closed and len(pts) > 3 else LineString(pts).simplify(0.002).coords)
            for part in [list(line)] if closed else pieces(list(line)):
                f = encode(part, closed)
                if f:
                    out.append(f)
        layers.append((lid, out))
    offset = 8 + 16 * len(layers)
    head, body = [], b""
    for lid, feats in layers:
        data = b"".join(feats)
        head.append(struct.pack("<B3xIII", lid, offset + len(body), len(data), len(feats)))
        body += data
    path = c.ASSETS / "geo" / "lines.bin"
    path.write_bytes(b"SNL1" + struct.pack("<I", len(layers)) + b"".join(head) + body)
    print(f"geo/lines.bin: {[len(f) for _, f in layers]} features, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
