// What the map shows at the start of a round: the region that is played.
import type { Continent, Point, Region } from '../lib/protocol';

const CORNERS: Record<Continent, [south: number, west: number, north: number, east: number]> = {
  EU: [36, -11, 68, 42],
  AS: [-8, 36, 56, 142],
  AF: [-34, -17, 36, 50],
  NA: [9, -150, 66, -58],
  SA: [-54, -80, 12, -36],
  OC: [-46, 112, 8, 190],
  AN: [-88, -180, -62, 180],
};

/** Opposite corners of a region, for the camera; none for the whole world. `box` of a country is [west, south, east, north]. */
export function corners(region: Region, box: [number, number, number, number] | null): Point[] {
  if (region === 'world') return [];
  if ('continent' in region) {
    const [south, west, north, east] = CORNERS[region.continent];
    return [
      { lat: south, lon: west },
      { lat: (south + north) / 2, lon: (west + east) / 2 },
      { lat: north, lon: east },
    ];
  }
  if (!box) return [];
  const [west, south, east, north] = box;
  return [
    { lat: south, lon: west },
    { lat: north, lon: east },
  ];
}
