// The coarse outlines (1:110m) that the map without WebGL and the share picture are drawn from. Fetched once.
import { geoArea, geoBounds, geoCentroid, type GeoPermissibleObjects } from 'd3-geo';
import { feature, neighbors } from 'topojson-client';
import type { Feature, Geometry } from 'geojson';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { countryName } from '../app/contract';
import type { Point } from '../lib/protocol';

export interface Outline {
  iso: string;
  name: string;
  /** Index of its tint. */
  tint: number;
  /** Hatched, never an answer. */
  neutral: boolean;
  shape: Feature<Geometry>;
  /** Where its name stands. */
  label: Point;
  /** Width in degrees, for whether the name fits. */
  width: number;
}

export interface Outlines {
  countries: Outline[];
  /** Largest first: the order in which names take their place. */
  bySize: Outline[];
}

/** Drawn neutral, as in fixtures/geo/disputed.toml; so is what has no two-letter code. */
const NEUTRAL = new Set(['AQ', 'EH', 'FK', 'XK']);

let loading: Promise<Outlines> | undefined;

export function loadOutlines(): Promise<Outlines> {
  loading ??= fetch('/map/fallback.json', { credentials: 'same-origin' })
    .then((r) => {
      if (!r.ok) throw new Error(`the map's outlines: ${r.status}`);
      return r.json() as Promise<Topology>;
    })
    .then(read)
    .catch((e: unknown) => {
      // The next map tries again.
      loading = undefined;
      throw e;
    });
  return loading;
}

function largest(shape: Feature<Geometry>): GeoPermissibleObjects {
  if (shape.geometry.type !== 'MultiPolygon') return shape;
  let best: GeoPermissibleObjects = shape;
  let most = -1;
  for (const coordinates of shape.geometry.coordinates) {
    const part: GeoPermissibleObjects = { type: 'Polygon', coordinates };
    const area = geoArea(part);
    if (area > most) [best, most] = [part, area];
  }
  return best;
}

/** Tints in which neighbours differ, as few as will do. */
function tints(objects: GeometryCollection['geometries']): number[] {
  const near = neighbors(objects);
  const out: number[] = [];
  near.forEach((around, i) => {
    const taken = new Set(around.map((j) => out[j]));
    // Starting at another tint each time keeps the map from being mostly of the first.
    const free = [0, 1, 2, 3, 4, 5].map((n) => (n + i) % 6).find((n) => !taken.has(n));
    out[i] = free ?? i % 6;
  });
  return out;
}

/** `object` is a collection of countries whose id is their ISO code. */
export function read(topology: Topology): Outlines {
  const object = topology.objects.land as GeometryCollection;
  const tint = tints(object.geometries);
  const countries = feature(topology, object).features.map((shape, i): Outline => {
    const iso = String(shape.id ?? '');
    const main = largest(shape);
    const [lon, lat] = geoCentroid(main);
    const [[west], [east]] = geoBounds(main);
    const neutral = !/^[A-Z]{2}$/.test(iso) || NEUTRAL.has(iso);
    return {
      iso,
      name: neutral ? '' : countryName(iso),
      tint: tint[i] ?? 0,
      neutral,
      shape,
      label: { lat, lon },
      width: east >= west ? east - west : east + 360 - west,
    };
  });
  const size = new Map(countries.map((c) => [c, geoArea(c.shape as GeoPermissibleObjects)]));
  const bySize = [...countries].sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0));
  return { countries, bySize };
}
