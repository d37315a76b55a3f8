import type { Point } from '../lib/protocol';
import { t } from './texts';

/** "45.8 north, 16.0 east": a place for the ear. */
export function words(at: Point): string {
  const key =
    at.lat >= 0 ? (at.lon >= 0 ? 'northEast' : 'northWest') : at.lon >= 0 ? 'southEast' : 'southWest';
  return t(key, { lat: Math.abs(at.lat).toFixed(1), lon: Math.abs(at.lon).toFixed(1) });
}
