// Writes .br and .gz siblings of text assets, so that the server only hands out bytes that are ready.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const DIST = new URL('../dist', import.meta.url).pathname;
const TEXT = /\.(html|js|mjs|css|svg|json|txt|webmanifest)$/;
const MIN_BYTES = 1024;

let files = 0;
let raw = 0;
let small = 0;
for (const entry of readdirSync(DIST, { recursive: true })) {
  const path = join(DIST, String(entry));
  if (!TEXT.test(path) || !statSync(path).isFile()) continue;
  const data = readFileSync(path);
  if (data.length < MIN_BYTES) continue;
  const br = brotliCompressSync(data, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    },
  });
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
  files += 1;
  raw += data.length;
  small += br.length;
}
console.log(
  `compressed ${files} files: ${Math.round(raw / 1024)} KB -> ${Math.round(small / 1024)} KB brotli`,
);
