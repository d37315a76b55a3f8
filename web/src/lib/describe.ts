/** Settings in a few words. */
import { countryName, t } from './i18n';
import { KINDS, presetOf } from './presets';
import type { AtlasSettings, Region } from './protocol';

export function describeRegion(region: Region): string {
  if (region === 'world') return t('settings.region.world');
  if ('continent' in region) return t(`settings.continent.${region.continent}`);
  return countryName(region.country);
}

export function describeTime(seconds: number | null): string {
  return seconds === null ? t('settings.unlimited') : t('settings.seconds.value', { n: seconds });
}

export function describeKinds(settings: AtlasSettings): string {
  const [only] = settings.kinds;
  if (settings.kinds.length === KINDS.length) return t('settings.kinds.all');
  return settings.kinds.length === 1 && only
    ? t(`settings.kind.${only}`)
    : t('settings.kinds.some', { n: settings.kinds.length });
}

/** "Classic · 5 rounds · 60 s", or for one's own: "8 rounds · 30 s · Europe · 3 kinds". */
export function describe(settings: AtlasSettings): string {
  const preset = presetOf(settings);
  const head = preset ? [t(`settings.preset.${preset}`)] : [];
  const tail = preset ? [] : [describeRegion(settings.region), describeKinds(settings)];
  return [...head, t('common.rounds', { n: settings.rounds }), describeTime(settings.seconds), ...tail].join(
    ' · ',
  );
}
