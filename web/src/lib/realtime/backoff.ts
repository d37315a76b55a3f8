/** When to try again. Spread out, so that a room full of people does not come back in the same millisecond. */

const FIRST_MS = [200, 1000] as const;
const MOST_MS = 8000;

/** Milliseconds before attempt `n` (0 is the first after a cut). `random` is 0 ≤ r < 1. */
export function backoff(n: number, random: number): number {
  const [low, high] = FIRST_MS;
  if (n <= 0) return low + random * (high - low);
  const top = Math.min(MOST_MS, high * 2 ** n);
  return top / 2 + random * (top / 2);
}

/** Milliseconds before coming back after the server said when: never earlier, and spread over half as long again. */
export function retryAfter(ms: number, random: number): number {
  return ms + random * Math.max(200, ms / 2);
}
