/** Atlas settings as the lobby edits them. The presets are those of `games/atlas/settings.rs`. */
import type { AnySettings, AtlasKind, AtlasSettings, Region, RoomSettings } from './protocol';

export const KINDS: readonly AtlasKind[] = [
  'city',
  'silhouette',
  'flag',
  'orbit',
  'lights',
  'relief',
  'rivers',
  'stars',
];

/** Kinds whose answer is a country: not possible within one country. */
export const COUNTRY_KINDS: readonly AtlasKind[] = ['silhouette', 'flag', 'stars'];

export const PRESETS = ['quick', 'classic', 'sprint', 'marathon', 'explorer'] as const;
export type Preset = (typeof PRESETS)[number];

const SHAPES: Record<Preset, [rounds: number, seconds: number | null]> = {
  quick: [3, 30],
  classic: [5, 60],
  sprint: [10, 15],
  marathon: [20, 60],
  explorer: [10, null],
};

/** What a preset stands for. */
export function preset(name: Preset): AnySettings {
  const [rounds, seconds] = SHAPES[name];
  return {
    game: 'atlas',
    rounds,
    seconds,
    region: 'world',
    difficulty: 'normal',
    kinds: [...KINDS],
    time_bonus: name === 'sprint',
  };
}

export function roomSettings(game: AnySettings = preset('classic')): RoomSettings {
  return { public: false, late: 'next_round', game };
}

/** The preset that these settings are, or `null`. */
export function presetOf(settings: AtlasSettings): Preset | null {
  return PRESETS.find((name) => same(settings, preset(name))) ?? null;
}

export function isPreset(name: string | null): name is Preset {
  return PRESETS.some((p) => p === name);
}

function same(a: AtlasSettings, b: AtlasSettings): boolean {
  return (
    a.rounds === b.rounds &&
    a.seconds === b.seconds &&
    a.difficulty === b.difficulty &&
    a.time_bonus === b.time_bonus &&
    JSON.stringify(a.region) === JSON.stringify(b.region) &&
    a.kinds.length === b.kinds.length &&
    a.kinds.every((k) => b.kinds.includes(k))
  );
}

/** The settings with another region; kinds that are not possible there go out, and come back as "all" when nothing is left. */
export function withRegion(settings: AnySettings, region: Region): AnySettings {
  const inCountry = typeof region === 'object' && 'country' in region;
  let kinds = settings.kinds;
  if (inCountry) {
    kinds = kinds.filter((k) => !COUNTRY_KINDS.includes(k));
    if (kinds.length === 0) kinds = ['city'];
  }
  return { ...settings, region, kinds };
}

/** A code from what was typed or pasted: `abc 123`, `https://…/r/ABC123?x`. `null` when there is none in it. */
export function codeFrom(text: string): string | null {
  const link = /\/r\/([A-Za-z0-9]{6})(?:[/?#]|$)/.exec(text);
  const code = (link?.[1] ?? text).replace(/[\s-]/g, '').toUpperCase();
  return /^[A-Z0-9]{6}$/.test(code) ? code : null;
}
