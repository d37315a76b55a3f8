// Names of every country in a few languages and in its own, from the ICU data inside Node. Output: $SNUG_CACHE/work/names.json
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const cache = process.env.SNUG_CACHE || path.join(os.homedir(), '.cache', 'snug');
const countries = JSON.parse(fs.readFileSync(path.join(cache, 'work', 'gn-countries.json')));
const languages = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'tr'];

const name = (lang, iso, style) => {
  try {
    const n = new Intl.DisplayNames(lang, { type: 'region', style, fallback: 'none' }).of(iso);
    return n && n !== iso ? n : undefined;
  } catch {
    return undefined; // a language code ICU does not know
  }
};

const out = {};
for (const [iso, c] of Object.entries(countries)) {
  const own = (c.languages || '').split(',').filter(Boolean).slice(0, 4).map((l) => l.split('-')[0]);
  const list = [];
  for (const lang of [...new Set([...languages, ...own])]) {
    // asked in a language ICU has no data for, it answers in English: no harm, duplicates go later
    const n = name(lang, iso, 'long');
    if (n) list.push(n);
  }
  out[iso] = { en: name('en', iso, 'long'), all: [...new Set(list)] };
}
fs.writeFileSync(path.join(cache, 'work', 'names.json'), JSON.stringify(out));
console.log(`names.json: ${Object.keys(out).length} countries`);
