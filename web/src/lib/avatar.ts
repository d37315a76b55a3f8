/** Every name has its creature: the same on every screen, drawn from nothing but the name. */

export type Body = 'round' | 'egg' | 'block' | 'pear' | 'ghost' | 'hill';
export type Ears = 'cat' | 'bear' | 'bunny' | 'antenna' | 'horns' | 'sprout' | 'owl' | 'none';
export type Eyes = 'round' | 'dots' | 'sleepy' | 'happy' | 'one' | 'three';
export type Mouth = 'smile' | 'grin' | 'tooth' | 'cat' | 'oh' | 'beak';
export type Marks = 'none' | 'spots' | 'stripes' | 'belly' | 'freckles';
export type Extra = 'none' | 'scarf' | 'beanie' | 'glasses' | 'bow';

export interface Creature {
  body: Body;
  ears: Ears;
  eyes: Eyes;
  mouth: Mouth;
  marks: Marks;
  extra: Extra;
  /** Fur, its shade, and what is behind. */
  fur: string;
  shade: string;
  back: string;
  /** Colour of what it wears. */
  knit: string;
  /** Where it looks: −1 left … 1 right. */
  gaze: number;
}

const COATS: readonly (readonly [fur: string, shade: string, back: string])[] = [
  ['#f58f2a', '#c4620c', '#fde3b8'],
  ['#2fa093', '#14655d', '#cfeae0'],
  ['#a35d94', '#6d3663', '#f1d9e6'],
  ['#8fae45', '#5c7522', '#e9efc9'],
  ['#4f93c4', '#2a6390', '#d5e8f3'],
  ['#e56b81', '#ab3c53', '#fcdcdc'],
  ['#f2bb3a', '#b9800c', '#fdf0c4'],
  ['#c95f45', '#8d3723', '#f7d9c6'],
  ['#9d88cd', '#66509b', '#e5ddf4'],
  ['#6dbd9c', '#3a8467', '#d8f1e2'],
  ['#b98a5c', '#7f5830', '#f0e0c8'],
  ['#5c6f82', '#374757', '#dbe3e8'],
];

const KNITS = ['#c8452f', '#0e6f68', '#f2b632', '#6b4a8a', '#2f6fa3', '#d4568a'] as const;

const BODIES: readonly Body[] = ['round', 'egg', 'block', 'pear', 'ghost', 'hill'];
const EARS: readonly Ears[] = ['cat', 'bear', 'bunny', 'antenna', 'horns', 'sprout', 'owl', 'none'];
const EYES: readonly Eyes[] = ['round', 'round', 'dots', 'sleepy', 'happy', 'one', 'three'];
const MOUTHS: readonly Mouth[] = ['smile', 'grin', 'tooth', 'cat', 'oh', 'beak'];
const MARKS: readonly Marks[] = ['none', 'spots', 'stripes', 'belly', 'belly', 'freckles'];
const EXTRAS: readonly Extra[] = ['none', 'none', 'scarf', 'beanie', 'glasses', 'bow'];

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  return h >>> 0;
}

/** mulberry32: good enough to draw creatures. */
function dice(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let x = Math.imul(s ^ (s >>> 15), 1 | s);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

/** The creature of a name. Spaces at the ends and letter case make no difference. */
export function creature(name: string): Creature {
  const roll = dice(hash(name.trim().toLocaleLowerCase('en').normalize('NFC')));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(roll() * list.length)] as T;
  const [fur, shade, back] = pick(COATS);
  const made: Creature = {
    fur,
    shade,
    back,
    body: pick(BODIES),
    ears: pick(EARS),
    eyes: pick(EYES),
    mouth: pick(MOUTHS),
    marks: pick(MARKS),
    extra: pick(EXTRAS),
    knit: pick(KNITS),
    gaze: Math.round((roll() * 2 - 1) * 10) / 10,
  };
  // A beanie sits where these grow.
  if (made.extra === 'beanie' && ['antenna', 'sprout', 'horns'].includes(made.ears)) made.ears = 'bear';
  // Glasses are made for two eyes.
  if (made.extra === 'glasses' && (made.eyes === 'one' || made.eyes === 'three')) made.eyes = 'dots';
  return made;
}
