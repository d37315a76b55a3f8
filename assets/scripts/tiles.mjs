// map/tiles.bin: the base map as gzipped vector tiles, z 0-6, in one SNT1 archive. Reads what mapdata.py wrote.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const cache = process.env.SNUG_CACHE || path.join(os.homedir(), '.cache', 'snug');
const require = createRequire(path.join(cache, 'npm', 'package.json'));
const load = async (name) => (await import(pathToFileURL(require.resolve(name)))).default;
const geojsonvt = await load('geojson-vt');
const { fromGeojsonVt } = await load('vt-pbf');

const MAX_ZOOM = 6;
const assets = path.resolve(import.meta.dirname, '..');

// layer: [first zoom, tolerance in tile units of 1/4096 (8 to the pixel), keep a feature at a zoom?]
const area = (limits) => (p, z) => p.rank <= (limits[z] ?? 6);
const LAYERS = {
  land: [0, 8],
  ice: [0, 10],
  urban: [4, 10],
  lakes: [0, 8],
  rivers: [2, 8],
  disputed: [0, 8],
  border: [0, 8],
  coast: [0, 8],
  country_label: [0, 0, area([1, 2, 3, 4, 5, 6])],
  // the biggest first: capitals of some size from z3, at z6 every city of 150,000 and every capital
  city_label: [3, 0, (p, z) => p.pop >= { 3: 4e6, 4: 1.2e6, 5: 4e5, 6: 1.5e5 }[z] || (p.cap && p.pop >= { 3: 1.5e6, 4: 2e5, 5: 0, 6: 0 }[z])],
};

// The last zoom is stretched to 7, 8 ...: it keeps more points, so it has an index of its own. geojson-vt does not simplify the
// deepest zoom of an index at all, so each goes one further than it is used.
const index = {};
const last = {};
for (const [name, [, tolerance]] of Object.entries(LAYERS)) {
  const data = JSON.parse(fs.readFileSync(path.join(cache, 'work', 'map', `${name}.geojson`)));
  const options = { indexMaxPoints: 0, extent: 4096, buffer: 64 };
  index[name] = new geojsonvt(data, { ...options, maxZoom: MAX_ZOOM, indexMaxZoom: MAX_ZOOM - 1, tolerance });
  last[name] = new geojsonvt(data, { ...options, maxZoom: MAX_ZOOM + 1, indexMaxZoom: MAX_ZOOM, tolerance: tolerance / 2 });
}

const entries = [];
const perZoom = {};
for (let z = 0; z <= MAX_ZOOM; z++) {
  for (let x = 0; x < 1 << z; x++) {
    for (let y = 0; y < 1 << z; y++) {
      const tile = {};
      for (const [name, [from, , keep]] of Object.entries(LAYERS)) {
        if (z < from) continue;
        const t = (z < MAX_ZOOM ? index : last)[name].getTile(z, x, y);
        const features = (t?.features ?? []).filter((f) => !keep || keep(f.tags, z)).map((f) => {
          if (name !== 'city_label') return f;
          const { pop, ...tags } = f.tags; // only needed for choosing
          return { ...f, tags };
        });
        if (features.length) tile[name] = { ...t, features };
      }
      if (!Object.keys(tile).length) continue;
      const blob = zlib.gzipSync(fromGeojsonVt(tile, { version: 2, extent: 4096 }), { level: 9 });
      blob[9] = 255; // the operating system byte: the same everywhere
      entries.push([(BigInt(z) << 48n) | (BigInt(x) << 24n) | BigInt(y), blob]);
      perZoom[z] = (perZoom[z] ?? 0) + blob.length;
    }
  }
}
entries.sort((a, b) => (a[0] < b[0] ? -1 : 1));

const head = Buffer.alloc(8 + 16 * entries.length);
head.write('SNT1', 0, 'latin1');
head.writeUInt32LE(entries.length, 4);
const blobs = [];
const seen = new Map();
let offset = head.length;
entries.forEach(([key, blob], i) => {
  const id = blob.toString('latin1');
  if (!seen.has(id)) {
    seen.set(id, offset);
    blobs.push(blob);
    offset += blob.length;
  }
  head.writeBigUInt64LE(key, 8 + 16 * i);
  head.writeUInt32LE(seen.get(id), 16 + 16 * i);
  head.writeUInt32LE(blob.length, 20 + 16 * i);
});
fs.mkdirSync(path.join(assets, 'map'), { recursive: true });
fs.writeFileSync(path.join(assets, 'map', 'tiles.bin'), Buffer.concat([head, ...blobs]));
console.log(`map/tiles.bin: ${entries.length} tiles, ${blobs.length} blobs, ${offset.toLocaleString('en')} bytes; per zoom ${JSON.stringify(perZoom)}`);
