// map/fallback.json: land with country ids as a small TopoJSON, for the d3-geo click map where WebGL is missing.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

const cache = process.env.SNUG_CACHE || path.join(os.homedir(), '.cache', 'snug');
const require = createRequire(path.join(cache, 'npm', 'package.json'));
const { topology } = require('topojson-server');

const land = JSON.parse(fs.readFileSync(path.join(cache, 'work', 'map', 'fallback.geojson')));
const topo = topology({ land }, 3000);
for (const g of topo.objects.land.geometries) if (g.properties && !Object.keys(g.properties).length) delete g.properties;
const out = path.resolve(import.meta.dirname, '..', 'map', 'fallback.json');
fs.writeFileSync(out, JSON.stringify(topo));
console.log(`map/fallback.json: ${topo.objects.land.geometries.length} bodies, ${topo.arcs.length} arcs, ${fs.statSync(out).size.toLocaleString('en')} bytes`);
