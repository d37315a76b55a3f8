// Renders the flags of flag-icons (4x3 SVG) to $SNUG_CACHE/work/flags/XX.png; rasters.py packs them as WebP.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

const cache = process.env.SNUG_CACHE || path.join(os.homedir(), '.cache', 'snug');
const require = createRequire(path.join(cache, 'npm', 'package.json'));
const { Resvg } = require('@resvg/resvg-js');

const assets = path.resolve(import.meta.dirname, '..');
const countries = JSON.parse(fs.readFileSync(path.join(assets, 'geo', 'countries.json')));
const out = path.join(cache, 'work', 'flags');
fs.mkdirSync(out, { recursive: true });

let n = 0;
for (const { iso, neutral } of countries) {
  if (neutral) continue;
  let svg = fs.readFileSync(path.join(cache, 'npm', 'node_modules', 'flag-icons', 'flags', '4x3', `${iso.toLowerCase()}.svg`), 'utf8');
  // resvg leaves out the markers of a path that is not painted (the stars of the United States): give it a hair of a stroke
  svg = svg.replace(/<path (?=[^>]*marker-mid="url)/g, '<path stroke="#fff" stroke-width="0.01" ');
  svg = svg.replace(/<marker /g, '<marker overflow="visible" markerUnits="userSpaceOnUse" ');
  const png = new Resvg(svg, { fitTo: { mode: 'width', value: 640 }, font: { loadSystemFonts: false } }).render().asPng();
  fs.writeFileSync(path.join(out, `${iso}.png`), png);
  n++;
}
console.log(`flags: ${n} rendered`);
