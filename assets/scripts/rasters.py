"""Picture archives: pictures/{relief,blue,night,flags}.bin and map/shade.bin (SNT1 of WebP files, see assets/README.md).

usage: rasters.py [relief|blue|night|flags|shade ...]   (default: all)
"""
import io
import math
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import common as c

Image.MAX_IMAGE_PIXELS = None
EARTH = c.MARBLE / "maps" / "earth"


def webp(im: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    im.save(out, "WEBP", method=6, **options)
    return out.getvalue()


def elevation() -> Image.Image:
    """Marble's srtm theme, level 3: 8-bit elevation and bathymetry, 10800x5400, equirectangular."""
    im = Image.new("L", (10800, 5400))
    for row in range(8):
        for col in range(16):
            im.paste(Image.open(EARTH / "srtm" / "3" / f"{row:06d}" / f"{row:06d}_{col:06d}.jpg").convert("L"), (col * 675, row * 675))
    return im


def grid(im: Image.Image, size: int, **options) -> dict[int, bytes]:
    return {c.tile_key(0, x, y): webp(im.crop((x * size, y * size, (x + 1) * size, (y + 1) * size)), **options)
            for x in range(im.width // size) for y in range(im.height // size)}


def relief():
    # WebP has no grey mode: equal channels cost next to nothing
    c.write_archive(c.ASSETS / "pictures" / "relief.bin", grid(elevation().convert("RGB"), 675, quality=60))


def picture(name: str, quality: int):
    im = Image.open(EARTH / {"blue": "bluemarble/bluemarble.jpg", "night": "citylights/citylights.jpg"}[name]).convert("RGB")
    im = im.resize((2720, 1360), Image.LANCZOS)
    c.write_archive(c.ASSETS / "pictures" / f"{name}.bin", grid(im, 340, quality=quality))


def flags():
    for size in ((640, 480), (480, 360)):
        blobs = {}
        for path in sorted((c.WORK / "flags").glob("*.png")):
            im = Image.open(path).convert("RGBA")
            im = Image.alpha_composite(Image.new("RGBA", im.size, "white"), im).convert("RGB") if path.stem != "NP" else im
            if im.size != size:
                im = im.resize(size, Image.LANCZOS)
            best = min((webp(im, lossless=True, quality=100), webp(im, quality=88)), key=len)
            if len(best) > 30_000:
                best = min(best, webp(im, quality=80), key=len)
            blobs[ord(path.stem[0]) << 8 | ord(path.stem[1])] = best
        total = sum(map(len, blobs.values()))
        print(f"  flags {size}: {total:,} bytes")
        if total <= 1_600_000:
            break
    c.write_archive(c.ASSETS / "pictures" / "flags.bin", blobs)


# --- hillshade -------------------------------------------------------------------------------------------------------

FLAT = 236  # the grey of flat ground and of the sea


def land_mask(w: int, h: int) -> Image.Image:
    """White on land, anti-aliased a little, so that shading stops at the coast."""
    import world

    im = Image.new("L", (w, h))
    draw = ImageDraw.Draw(im)
    for polys in world.load()["bodies"].values():
        for p in polys:
            # holes are other countries, or lakes the map draws on top: all land here
            draw.polygon([((x + 180) / 360 * w, (90 - y) / 180 * h) for x, y in p.exterior.coords], fill=255)
    return im.filter(ImageFilter.GaussianBlur(1))


def hillshade(g: np.ndarray) -> np.ndarray:
    """Light from the north-west; 1 is flat. Rows of an equirectangular grid, so east-west slopes are stretched by latitude."""
    rows = g.shape[0]
    lat = (0.5 - (np.arange(rows) + 0.5) / rows) * math.pi
    dy, dx = np.gradient(g)
    dx /= np.clip(np.cos(lat), 0.2, 1)[:, None]
    return np.clip((dx + dy) * 0.5, -12, 12)


def mercator_rows(z: int, size: int, height: int) -> np.ndarray:
    n = size << z
    y = (np.arange(n) + 0.5) / n
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * y))))
    return (90 - lat) / 180 * height - 0.5


def shade():
    base = elevation()
    blobs = {}
    max_z, size = 4, 512
    for z in range(max_z + 1):
        width = size << z
        # work at the tile's own resolution: smooth first, so that small scales do not become noise
        factor = min(1.0, width / 10800)
        w = min(10800, max(width, 1024))
        im = base if w == 10800 else base.resize((w, w // 2), Image.LANCZOS)
        g = np.asarray(im, np.float32)
        mask = np.asarray(land_mask(w, w // 2), np.float32) / 255
        s = hillshade(g) * (0.55 + 0.45 * factor)
        # light grey: slopes away from the light are darker, towards it a little lighter, up to white
        grey = np.clip(FLAT + s * 11.0 * mask, 110, 255)
        rows = np.clip(mercator_rows(z, size, g.shape[0]), 0, g.shape[0] - 1)
        r0 = np.floor(rows).astype(int)
        r1 = np.minimum(r0 + 1, g.shape[0] - 1)
        t = (rows - r0)[:, None].astype(np.float32)
        for x in range(1 << z):
            cols = ((np.arange(size) + 0.5 + x * size) / width * g.shape[1]) - 0.5
            c0 = np.floor(cols).astype(int)
            tx = (cols - c0)[None, :].astype(np.float32)
            ca, cb = c0 % g.shape[1], (c0 + 1) % g.shape[1]
            for y in range(1 << z):
                ys = slice(y * size, (y + 1) * size)
                ra, rb, ty = r0[ys], r1[ys], t[ys]
                top = grey[np.ix_(ra, ca)] * (1 - tx) + grey[np.ix_(ra, cb)] * tx
                bottom = grey[np.ix_(rb, ca)] * (1 - tx) + grey[np.ix_(rb, cb)] * tx
                tile = np.clip(np.rint(top * (1 - ty) + bottom * ty), 0, 255).astype(np.uint8)
                quality = 40 if z == max_z else 55
                if tile.max() - tile.min() <= 2:
                    tile[:] = FLAT
                blobs[c.tile_key(z, x, y)] = webp(Image.fromarray(tile).convert("RGB"), quality=quality)
        print(f"  shade z{z}: {sum(len(b) for k, b in blobs.items() if k >> 48 == z):,} bytes")
    c.write_archive(c.ASSETS / "map" / "shade.bin", blobs)


if __name__ == "__main__":
    what = sys.argv[1:] or ["relief", "blue", "night", "flags", "shade"]
    for name in what:
        {"relief": relief, "blue": lambda: picture("blue", 82), "night": lambda: picture("night", 82), "flags": flags, "shade": shade}[name]()
