// What a finished match is told as. Pure.
import { formatNumber, type MatchRecord, type RecordSeat } from '../app/contract';
import { formatDate } from '../lib/i18n';
import type { SeatId } from '../lib/protocol';
import { maxPoints, nameList, perRound, shareText, type ShareText } from './game';
import { t } from './texts';

/** It comes straight from the room, and is no page of the archive. */
export function isFresh(record: MatchRecord): boolean {
  return record.finished_at === 0;
}

export function isSolo(record: MatchRecord): boolean {
  return record.seats.length <= 1;
}

export function ranked(seats: RecordSeat[]): RecordSeat[] {
  return [...seats].sort((a, b) => a.rank - b.rank || b.points - a.points);
}

/** Whose journey is shown: one's own, else the winner's. */
export function heroOf(record: MatchRecord, mine: SeatId | null): RecordSeat | null {
  return record.seats.find((s) => s.seat === mine) ?? ranked(record.seats)[0] ?? null;
}

/** What was played. */
export function headOf(record: MatchRecord): string {
  if (record.daily) return t('end.daily', { date: formatDate(record.daily) });
  if (record.challenge) return t('end.challenge');
  return record.preset ? record.preset.charAt(0).toUpperCase() + record.preset.slice(1) : t('end.custom');
}

/** Who won. */
export function titleOf(record: MatchRecord, mine: SeatId | null): string {
  if (isSolo(record)) return t('end.solo');
  const winners = ranked(record.seats).filter((s) => s.rank === 1);
  if (winners.length > 1) return t('end.tie', { names: nameList(winners.map((w) => w.name)) });
  return winners[0]?.seat === mine && mine !== null
    ? t('end.youWon')
    : t('end.won', { name: winners[0]?.name ?? '' });
}

/** "of 25,000 points": stands below the points that were made. */
export function outOf(record: MatchRecord): string {
  return t('end.of', { points: '', max: formatNumber(maxPoints(record)) }).trim();
}

/** A match as a message: one seat's points and squares, and nothing that gives an answer away. */
export function told(record: MatchRecord, hero: RecordSeat | null): ShareText {
  return shareText(
    headOf(record),
    hero?.points ?? 0,
    maxPoints(record),
    hero ? perRound(record.results, hero.seat) : [],
    formatNumber,
  );
}
