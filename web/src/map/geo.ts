// Geometry on the sphere, as far as the page needs it. Points and distances that count come from the server.
import type { Point } from '../lib/protocol';
import type { Padding } from './types';

const RAD = Math.PI / 180;
const EARTH_M = 6_371_008.8;

/** Longitude within −180 (included) and 180 (excluded). */
export function wrapLon(lon: number): number {
  const turned = (((lon + 180) % 360) + 360) % 360;
  return turned - 180;
}

/** The copy of `lon` that is nearest to `ref`: maps that repeat the world show it there. */
export function nearestLon(lon: number, ref: number): number {
  return lon + 360 * Math.round((ref - lon) / 360);
}

/** A proper place: latitude cut at the poles, longitude wrapped, rounded to about a metre. */
export function tidy(p: Point): Point {
  const lat = Math.max(-90, Math.min(90, p.lat));
  return { lat: Math.round(lat * 1e5) / 1e5, lon: Math.round(wrapLon(p.lon) * 1e5) / 1e5 };
}

export function samePoint(a: Point | null | undefined, b: Point | null | undefined): boolean {
  if (!a || !b) return !a && !b;
  return Math.abs(a.lat - b.lat) < 1e-5 && Math.abs(wrapLon(a.lon - b.lon)) < 1e-5;
}

/** Angle between two places in degrees. */
export function angleBetween(a: Point, b: Point): number {
  const dLat = (b.lat - a.lat) * RAD;
  const dLon = (b.lon - a.lon) * RAD;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * Math.sin(dLon / 2) ** 2;
  return (2 * Math.asin(Math.min(1, Math.sqrt(h)))) / RAD;
}

/** Metres between two places on a sphere: for drawing, not for points. */
export function roughMetres(a: Point, b: Point): number {
  return angleBetween(a, b) * RAD * EARTH_M;
}

type Vec = [number, number, number];

function vec(p: Point): Vec {
  const c = Math.cos(p.lat * RAD);
  return [c * Math.cos(p.lon * RAD), c * Math.sin(p.lon * RAD), Math.sin(p.lat * RAD)];
}

/** The middle of some places on the sphere; the first one when they cancel out. */
export function middle(points: Point[]): Point {
  const first = points[0] ?? { lat: 20, lon: 0 };
  let [x, y, z] = [0, 0, 0];
  for (const p of points) {
    const v = vec(p);
    x += v[0];
    y += v[1];
    z += v[2];
  }
  const len = Math.hypot(x, y, z);
  if (len < 1e-6 * points.length) return first;
  return { lat: Math.asin(z / len) / RAD, lon: Math.atan2(y, x) / RAD };
}

/** Largest angle from the middle of some places to one of them, in degrees. */
export function reach(points: Point[]): number {
  const m = middle(points);
  return points.reduce((far, p) => Math.max(far, angleBetween(m, p)), 0);
}

/**
 * The shortest way from `a` to `b` in `steps` pieces. Longitudes are continuous (they may leave ±180), so that a line drawn
 * through them never jumps across the map. Between opposite places it goes over the north.
 */
export function greatCircle(a: Point, b: Point, steps: number): Point[] {
  const angle = angleBetween(a, b) * RAD;
  const from = vec(a);
  const to = vec(b);
  const path: Point[] = [];
  const opposite = Math.PI - angle < 1e-3;
  // Unit vector at a right angle to `from`, towards `to`.
  const aim: Vec = opposite ? [0, 0, 1] : to;
  const along = from[0] * aim[0] + from[1] * aim[1] + from[2] * aim[2];
  let side: Vec = [aim[0] - along * from[0], aim[1] - along * from[1], aim[2] - along * from[2]];
  let len = Math.hypot(...side);
  if (len < 1e-12) {
    side = [-from[1], from[0], 0];
    len = Math.hypot(...side) || 1;
  }
  let lon = a.lon;
  for (let i = 0; i <= steps; i++) {
    if (i === 0) {
      path.push({ lat: a.lat, lon: a.lon });
      continue;
    }
    const t = (angle * i) / steps;
    const [c, s] = [Math.cos(t), Math.sin(t) / len];
    const x = c * from[0] + s * side[0];
    const y = c * from[1] + s * side[1];
    const z = c * from[2] + s * side[2];
    const lat = Math.atan2(z, Math.hypot(x, y)) / RAD;
    lon = nearestLon(Math.atan2(y, x) / RAD, lon);
    path.push(i === steps ? { lat: b.lat, lon: nearestLon(b.lon, lon) } : { lat, lon });
  }
  return path;
}

export interface Box {
  west: number;
  south: number;
  /** May be beyond 180, when the box crosses the antimeridian. */
  east: number;
  north: number;
}

/** The narrowest box around some places: it leaves out the widest gap in longitude. */
export function boxAround(points: Point[]): Box {
  if (points.length === 0) return { west: -180, south: -60, east: 180, north: 75 };
  const lons = points.map((p) => wrapLon(p.lon)).sort((a, b) => a - b);
  let west = lons[0] ?? 0;
  let east = lons[lons.length - 1] ?? 0;
  let gap = west + 360 - east;
  for (let i = 1; i < lons.length; i++) {
    const [left, right] = [lons[i - 1] ?? 0, lons[i] ?? 0];
    if (right - left > gap) {
      gap = right - left;
      west = right;
      east = left + 360;
    }
  }
  const lats = points.map((p) => p.lat);
  return { west, east, south: Math.min(...lats), north: Math.max(...lats) };
}

/** Web-Mercator height of a latitude, 0 (85° north) to 1 (85° south). */
export function mercatorY(lat: number): number {
  const l = Math.max(-85.05, Math.min(85.05, lat)) * RAD;
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + l / 2)) / (2 * Math.PI);
}

/** Latitude of a Web-Mercator height. */
export function latOfMercatorY(y: number): number {
  return (2 * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - Math.PI / 2) / RAD;
}

/** Middle and zoom (512 px world at 0) of a flat map on which a box fills a window but for its padding. */
export function fitBox(
  box: Box,
  size: { width: number; height: number },
  pad: Padding,
  maxZoom: number,
): { centre: Point; zoom: number } {
  const width = Math.max(60, size.width - pad.left - pad.right);
  const height = Math.max(60, size.height - pad.top - pad.bottom);
  const [top, bottom] = [mercatorY(box.north), mercatorY(box.south)];
  const wide = Math.max(1e-6, (box.east - box.west) / 360);
  const high = Math.max(1e-6, bottom - top);
  const zoom = Math.min(maxZoom, Math.log2(width / 512 / wide), Math.log2(height / 512 / high));
  const world = 512 * 2 ** zoom;
  // The middle of the free part is not the middle of the window.
  const x = (box.west + box.east) / 2 + (((pad.right - pad.left) / 2) * 360) / world;
  const y = (top + bottom) / 2 + (pad.bottom - pad.top) / 2 / world;
  return { centre: { lat: latOfMercatorY(y), lon: wrapLon(x) }, zoom };
}

/** How far one crosshair step goes, in degrees: `pixels` on screen at this zoom and latitude. */
export function stepDegrees(pixels: number, zoom: number, lat: number): Point {
  const lon = (pixels * 360) / (512 * 2 ** zoom);
  return { lat: lon * Math.max(0.2, Math.cos(lat * RAD)), lon };
}

/** Zoom at which a globe just fills a window. */
export function globeZoom(box: { clientWidth: number; clientHeight: number }, lat: number): number {
  const radius = 0.455 * Math.max(240, Math.min(box.clientWidth, box.clientHeight));
  // The camera is near: what it sees of the globe is four fifths of it.
  return Math.log2((radius * 2 * Math.PI * Math.max(0.2, Math.cos(lat * RAD))) / 0.81 / 512);
}
