/** The match that has just ended, in the shape of a record. */
import type { MatchRecord } from '../app/contract';
import { presetOf } from '../lib/presets';
import type { RoomView } from '../lib/protocol';

export function recordOf(view: RoomView): MatchRecord | null {
  const { match } = view;
  if (!match) return null;
  const game = match.view;
  const standings = game.standings ?? [];
  return {
    id: view.ended ?? match.id,
    game: 'atlas',
    settings: { ...game.settings, game: 'atlas' },
    preset: presetOf(game.settings),
    daily: match.daily,
    challenge: match.challenge,
    started_at: 0,
    finished_at: 0,
    seats: standings.map((s) => {
      const member = view.members.find((m) => m.seat === s.seat);
      return {
        seat: s.seat,
        user: member?.user ?? '',
        name: match.names[s.seat] ?? '',
        account: member?.account ?? false,
        rank: s.rank,
        points: s.points,
        left: s.left,
      };
    }),
    results: game.results,
  };
}
