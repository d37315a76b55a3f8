// Pins in the same place move apart on screen, so that each face can be seen.
import type { ScreenPoint } from './types';

/** Turns points evenly without repeating a direction, so that many pins in one place open like a sunflower. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/**
 * Where to draw round marks of `radius` so that none covers another. Marks that are free stay where they are; the same input
 * gives the same places, so nothing trembles while the map moves.
 */
export function spread(at: ScreenPoint[], radius: number, rounds = 24): ScreenPoint[] {
  const out = at.map((p) => ({ ...p }));
  const gap = radius * 2;
  for (let i = 0; i < out.length; i++) {
    const p = out[i];
    if (!p) continue;
    // Equal places have no direction to part in, and those in a row would part along it only: give each its own.
    for (let j = 0; j < i; j++) {
      const q = at[j];
      const me = at[i];
      if (q && me && Math.hypot(q.x - me.x, q.y - me.y) < radius) {
        p.x += Math.cos(i * GOLDEN) * 4;
        p.y += Math.sin(i * GOLDEN) * 4;
        break;
      }
    }
  }
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (let i = 0; i < out.length; i++) {
      for (let j = i + 1; j < out.length; j++) {
        const [p, q] = [out[i], out[j]];
        if (!p || !q) continue;
        const dx = q.x - p.x;
        const dy = q.y - p.y;
        const d = Math.hypot(dx, dy);
        if (d >= gap - 0.01 || d === 0) continue;
        const push = (gap - d) / 2 / d;
        p.x -= dx * push;
        p.y -= dy * push;
        q.x += dx * push;
        q.y += dy * push;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return out;
}
