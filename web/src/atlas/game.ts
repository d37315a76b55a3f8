// What can be said about a match without drawing it. Pure.
import { formatDistance, type MatchRecord } from '../app/contract';
import type { AtlasKind, Clue, RoundResult, SeatId, SeatResult, SeatView } from '../lib/protocol';
import { t } from './texts';

/** Full marks of a round without its time bonus. */
export const FULL = 5000;
/** What a quick lock can add. */
export const BONUS = 500;

/** The answer is a country: it can be named instead of pinned. */
export function isCountryKind(kind: AtlasKind): boolean {
  return kind === 'silhouette' || kind === 'flag' || kind === 'stars';
}

/** Places can be typed: everywhere but where the name itself is the question. */
export function canType(kind: AtlasKind): boolean {
  return kind !== 'city';
}

export function question(kind: AtlasKind, clue: Clue): string {
  if (kind !== 'city') return t(`ask.${kind}`);
  const name = clue.within ? `${clue.name ?? ''} (${clue.within})` : (clue.name ?? '');
  return t('ask.city', { name });
}

/** One seat's line of a round. */
export function lineOf(result: RoundResult | undefined, seat: SeatId | null): SeatResult | null {
  return result?.seats.find((s) => s.seat === seat) ?? null;
}

export function maxPoints(record: Pick<MatchRecord, 'settings' | 'results'>): number {
  return record.results.length * (FULL + (record.settings.time_bonus ? BONUS : 0));
}

/** A word for a round's points. */
export function verdict(points: number): 'perfect' | 'great' | 'good' | 'far' {
  if (points >= 4900) return 'perfect';
  if (points >= 4000) return 'great';
  return points >= 2000 ? 'good' : 'far';
}

/** How far a pin was from the answer, in words. */
export function awayText(line: SeatResult | null, kind: AtlasKind): string {
  if (!line || line.distance_m === null) return t('result.nothing');
  if (line.distance_m === 0 && isCountryKind(kind)) return t('result.inside');
  return t('result.away', { distance: formatDistance(line.distance_m) });
}

/** A result for the ear, as one seat sees it. */
export function spokenResult(result: RoundResult, seat: SeatId | null): string {
  const answer = result.answer.name;
  const own = lineOf(result, seat);
  if (own === null) return t('spoken.watch', { answer });
  if (own.distance_m === null) return t('spoken.resultNone', { answer, rank: own.rank });
  return t('spoken.result', {
    answer,
    distance: formatDistance(own.distance_m),
    points: t('result.points', { n: own.points }),
    rank: own.rank,
  });
}

/** One square a round, from ⬛ (nothing) to 🟩. */
export function square(points: number): string {
  if (points >= 4500) return '🟩';
  if (points >= 3000) return '🟨';
  if (points >= 1500) return '🟧';
  return points > 0 ? '🟥' : '⬛';
}

/** Squares of all rounds, ten a line. */
export function squares(points: number[]): string {
  const out: string[] = [];
  for (let i = 0; i < points.length; i += 10)
    out.push(
      points
        .slice(i, i + 10)
        .map(square)
        .join(''),
    );
  return out.join('\n');
}

/** A seat's points round by round; 0 where it did not play. */
export function perRound(results: RoundResult[], seat: SeatId): number[] {
  return results.map((r) => lineOf(r, seat)?.points ?? 0);
}

/** Rounds that a seat played, best and worst first by points, then by distance. Null with fewer than two. */
export function extremes(
  results: RoundResult[],
  seat: SeatId,
): { best: RoundResult; worst: RoundResult } | null {
  const played = results
    .map((r) => ({ r, line: lineOf(r, seat) }))
    .filter((x): x is { r: RoundResult; line: SeatResult } => x.line !== null);
  if (played.length < 2) return null;
  const far = (s: SeatResult) => s.distance_m ?? Number.MAX_SAFE_INTEGER;
  played.sort((a, b) => b.line.points - a.line.points || far(a.line) - far(b.line));
  const [first, last] = [played[0], played[played.length - 1]];
  return first && last ? { best: first.r, worst: last.r } : null;
}

export interface ShareText {
  title: string;
  text: string;
}

/** "Snug Atlas · Daily 2026-11-21 / 18,230 of 25,000 / 🟩🟨🟧🟥⬛" */
export function shareText(
  head: string,
  points: number,
  max: number,
  rounds: number[],
  format: (n: number) => string,
): ShareText {
  const title = `Snug Atlas · ${head}`;
  return { title, text: `${title}\n${format(points)} / ${format(max)}\n${squares(rounds)}` };
}

/** Seats that the round still waits for: connected, playing, not locked. */
export function awaited(seats: SeatView[]): SeatId[] {
  return seats.filter((s) => s.connected && !s.left && !s.waiting && !s.locked).map((s) => s.seat);
}

/** "Ada, Ben and 3 more". */
export function nameList(names: string[], most = 3): string {
  if (names.length <= most) return names.join(', ');
  return t('waiting.more', { names: names.slice(0, most).join(', '), n: names.length - most });
}

/** Places won (positive) or lost between two rounds; 0 without an earlier one. */
export function climbed(results: RoundResult[], round: number, seat: SeatId): number {
  const now = lineOf(
    results.find((r) => r.round === round),
    seat,
  );
  const before = lineOf(
    results.find((r) => r.round === round - 1),
    seat,
  );
  return now && before ? before.rank - now.rank : 0;
}

/** Standing after a round: the lines that it has, best total first. */
export function standing(result: RoundResult): SeatResult[] {
  return [...result.seats].sort((a, b) => a.rank - b.rank || a.seat - b.seat);
}

/** How far an animation of `ms` milliseconds that starts at `from` is at `now`, eased out, 0–1. */
export function eased(now: number, from: number, ms: number): number {
  const x = Math.max(0, Math.min(1, (now - from) / ms));
  return 1 - (1 - x) ** 3;
}
