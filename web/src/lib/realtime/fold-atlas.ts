/** Folds Atlas events into an Atlas view. Pure: the old view is never touched. */
import type { AtlasAction, AtlasEvent, AtlasView, RoundResult, SeatId, SeatView } from '../protocol';

function withSeat(view: AtlasView, seat: SeatId, change: Partial<SeatView>): AtlasView {
  return { ...view, seats: view.seats.map((s) => (s.seat === seat ? { ...s, ...change } : s)) };
}

/** The view after one event. */
export function foldAtlas(view: AtlasView, event: AtlasEvent): AtlasView {
  switch (event.is) {
    case 'round':
      return {
        ...view,
        phase: 'round',
        round: event.round,
        kind: event.kind,
        clue: event.clue,
        picture: event.picture,
        deadline: event.deadline,
        pin: null,
        named: null,
        votes: [],
        votes_needed: 0,
        seats: view.seats.map((s) => ({ ...s, locked: false, waiting: false })),
      };
    case 'locked':
      return withSeat(view, event.seat, { locked: true });
    case 'votes':
      return { ...view, votes: event.seats, votes_needed: event.needed };
    case 'result':
      return foldResult(view, event.result, event.next);
    case 'deadline':
      return { ...view, deadline: event.deadline };
    case 'seated':
      if (view.seats.some((s) => s.seat === event.seat)) return view;
      return { ...view, seats: ranked([...view.seats, lateSeat(event.seat)]) };
    case 'seat':
      return foldPresence(view, event.seat, event.connected, event.left);
    case 'finished':
      return { ...view, phase: 'finished', deadline: null, standings: event.standings };
  }
}

/** A seat taken during the match: it plays from the next round on. */
function lateSeat(seat: SeatId): SeatView {
  return { seat, locked: false, connected: true, left: false, waiting: true, total: 0, rank: 1 };
}

/** Ranks by points; ties share one, the next is skipped. */
function ranked(seats: SeatView[]): SeatView[] {
  return seats.map((s) => ({ ...s, rank: 1 + seats.filter((other) => other.total > s.total).length }));
}

function foldPresence(view: AtlasView, seat: SeatId, connected: boolean, left: boolean): AtlasView {
  // Who has left waits for nothing any more.
  return withSeat(view, seat, left ? { connected, left, waiting: false } : { connected, left });
}

function foldResult(view: AtlasView, result: RoundResult, next: number | null): AtlasView {
  const totals = new Map(result.seats.map((line) => [line.seat, line]));
  return {
    ...view,
    phase: 'result',
    deadline: next,
    pin: null,
    named: null,
    votes: [],
    // The votes that are needed follow in an event of their own.
    votes_needed: 0,
    results: [...view.results.filter((r) => r.round !== result.round), result],
    seats: ranked(
      view.seats.map((s) => ({ ...s, locked: false, total: totals.get(s.seat)?.total ?? s.total })),
    ),
  };
}

/** What the player's own finger did, shown before the server has said anything. A pin raises no event at all. */
export function foldOwnAction(view: AtlasView, action: AtlasAction): AtlasView {
  if (action.do === 'skip' || action.round !== view.round || view.phase !== 'round') return view;
  if (!action.at) return view;
  return { ...view, pin: action.at, named: action.country ?? null };
}
