/** Texts and numbers in the player's language. A catalogue is a flat, typed object; the compiler checks every key. */
import { en } from './en';

/** A text, or one per plural form (picked by `n`). `{name}` is filled from the arguments. */
export type Text =
  string | { one?: string; two?: string; few?: string; many?: string; zero?: string; other: string };
export type Catalogue = Record<string, Text>;
export type Args = Record<string, string | number>;

/** The page's language: one with a catalogue. English so far. */
export const locale = 'en';

const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);

/** The translator of a catalogue. */
export function catalogue<C extends Catalogue>(texts: C): (key: keyof C & string, args?: Args) => string {
  return (key, args = {}) => fill(texts[key] ?? key, args);
}

/** Fills one text. Exported for its tests. */
export function fill(text: Text, args: Args): string {
  const template =
    typeof text === 'string' ? text : (text[plurals.select(Number(args.n ?? 0))] ?? text.other);
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = args[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

/** The shell's texts. */
export const t = catalogue(en);

/** 21340 → 21,340 */
export function formatNumber(n: number): string {
  return numbers.format(n);
}

/** Metres for people: 840 m, 3.2 km, 412 km. */
export function formatDistance(metres: number): string {
  if (metres < 1000) return `${numbers.format(Math.round(metres))} m`;
  const km = metres / 1000;
  return `${numbers.format(km < 10 ? Math.round(km * 10) / 10 : Math.round(km))} km`;
}

let regions: Intl.DisplayNames | undefined;

/** A country's name in the player's language by its ISO 3166-1 alpha-2 code. */
export function countryName(iso: string): string {
  try {
    regions ??= new Intl.DisplayNames([locale], { type: 'region' });
    return regions.of(iso) ?? iso;
  } catch {
    return iso;
  }
}

/** 90061000 ms → "1 d 1 h", 3661000 → "1 h 1 min", 61000 → "1 min", 9000 → "9 s". */
export function formatDuration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const d = Math.floor(s / 86400);
  const h = Math.floor((s % 86400) / 3600);
  const m = Math.floor((s % 3600) / 60);
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return m > 0 ? `${h} h ${m} min` : `${h} h`;
  if (m > 0) return `${m} min`;
  return `${s} s`;
}

let relative: Intl.RelativeTimeFormat | undefined;

/** "3 minutes ago", "yesterday". */
export function formatAgo(at: number, now = Date.now()): string {
  relative ??= new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const s = Math.round((at - now) / 1000);
  const abs = Math.abs(s);
  if (abs < 60) return relative.format(0, 'minute');
  if (abs < 3600) return relative.format(Math.round(s / 60), 'minute');
  if (abs < 86400) return relative.format(Math.round(s / 3600), 'hour');
  if (abs < 86400 * 30) return relative.format(Math.round(s / 86400), 'day');
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(at);
}

/** "21 November" */
export function formatDate(date: string): string {
  const day = new Date(`${date}T12:00:00Z`);
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' }).format(day);
}
