// What lies over the base map on a canvas: great circles, and the legs of pins that had to move aside.
import type { Point } from '../lib/protocol';
import { angleBetween, greatCircle } from './geo';
import type { MapEngine, MapLine, ScreenPoint } from './types';

export interface Leg {
  from: ScreenPoint;
  to: ScreenPoint;
  colour: string;
}

const paths = new WeakMap<MapLine, Point[]>();
const byEnds = new Map<string, Point[]>();

/** Lines are made anew while they grow, their ends stay: the way between two ends is computed once. */
function way(line: MapLine): Point[] {
  const known = paths.get(line);
  if (known) return known;
  const key = `${line.from.lat},${line.from.lon},${line.to.lat},${line.to.lon}`;
  let path = byEnds.get(key);
  if (!path) {
    const steps = Math.max(8, Math.min(72, Math.round(angleBetween(line.from, line.to) * 1.2)));
    path = greatCircle(line.from, line.to, steps);
    if (byEnds.size > 400) byEnds.clear();
    byEnds.set(key, path);
  }
  paths.set(line, path);
  return path;
}

/** Sizes the canvas to its box and the screen's pixels, and clears it. */
export function clear(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const [w, h] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const c = canvas.getContext('2d');
  c?.setTransform(ratio, 0, 0, ratio, 0, 0);
  c?.clearRect(0, 0, w, h);
  // Chromium may keep the old picture when a frame only clears: one pixel that nobody sees makes it a new one.
  if (c) {
    c.fillStyle = 'rgb(0 0 0 / 0.01)';
    c.fillRect(0, 0, 1, 1);
  }
  return c;
}

export function drawLines(
  c: CanvasRenderingContext2D,
  engine: MapEngine,
  lines: MapLine[],
  casing: string,
): void {
  const world = 512 * 2 ** engine.camera().zoom;
  c.lineCap = 'round';
  c.lineJoin = 'round';
  for (const line of lines) {
    const part = line.part ?? 1;
    if (part <= 0) continue;
    const path = way(line);
    const end = (path.length - 1) * part;
    c.beginPath();
    let last: ScreenPoint | null = null;
    for (let i = 0; i <= Math.ceil(end); i++) {
      const p = path[i];
      if (!p) break;
      let at = engine.project(p);
      if (i > end && i > 0 && last) {
        // The tip stands between two points of the way.
        const f = end - (i - 1);
        at = { x: last.x + (at.x - last.x) * f, y: last.y + (at.y - last.y) * f, shown: at.shown };
      }
      const jump = last !== null && Math.abs(at.x - last.x) > world / 2;
      if (!at.shown) {
        last = null;
        continue;
      }
      if (last === null || jump) c.moveTo(at.x, at.y);
      else c.lineTo(at.x, at.y);
      last = at;
    }
    c.setLineDash(line.dotted ? [1, 8] : []);
    c.strokeStyle = casing;
    c.lineWidth = line.dotted ? 6.5 : 5;
    c.stroke();
    c.strokeStyle = line.colour;
    c.lineWidth = line.dotted ? 4 : 2.6;
    c.stroke();
    c.setLineDash([]);
  }
}

export function drawLegs(c: CanvasRenderingContext2D, legs: Leg[], casing: string): void {
  for (const leg of legs) {
    for (const [colour, width, r] of [
      [casing, 4, 5.5],
      [leg.colour, 2, 3.5],
    ] as const) {
      c.strokeStyle = colour;
      c.fillStyle = colour;
      c.lineWidth = width;
      c.beginPath();
      c.moveTo(leg.from.x, leg.from.y);
      c.lineTo(leg.to.x, leg.to.y);
      c.stroke();
      c.beginPath();
      c.arc(leg.from.x, leg.from.y, r, 0, 2 * Math.PI);
      c.fill();
    }
  }
}
