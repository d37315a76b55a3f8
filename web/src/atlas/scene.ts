// What the map shows of rounds that are over: one with everyone's pins, or all of them as a journey. Pure.
import type { Point, RoundResult, SeatId } from '../lib/protocol';
import { seatColour } from '../map/colours';
import type { MapLine, MapMark, MapSpot } from '../map/types';
import { lineOf } from './game';

/** The way from answer to answer: no seat's colour. */
const WAY = '#f7922b';

export function faceMark(id: string, seat: SeatId, at: Point, name: string, own: boolean): MapMark {
  return { id, at, label: name, name, colour: seatColour(seat), own };
}

export function answerSpot(r: RoundResult): MapSpot {
  return { id: `answer-${r.round}`, at: r.answer.point, text: r.answer.name };
}

/** Everyone's pins of a round: new ones each round, so that they land anew. */
export function roundMarks(r: RoundResult, nameOf: (seat: SeatId) => string, mine: SeatId | null): MapMark[] {
  return r.seats.flatMap((s) =>
    s.at ? [faceMark(`${r.round}-${s.seat}`, s.seat, s.at, nameOf(s.seat), s.seat === mine)] : [],
  );
}

/** From each pin to the answer, as far as `part`. */
export function roundLines(r: RoundResult, part = 1): MapLine[] {
  return r.seats.flatMap((s) =>
    s.at ? [{ id: `${s.seat}`, from: s.at, to: r.answer.point, colour: seatColour(s.seat), part }] : [],
  );
}

/** All that a round's result must have in view. */
export function roundPoints(r: RoundResult): Point[] {
  return [r.answer.point, ...r.seats.flatMap((s) => (s.at ? [s.at] : []))];
}

/** The answers as numbered stops. */
export function journeySpots(results: RoundResult[]): MapSpot[] {
  return results.map((r) => ({
    id: `stop-${r.round}`,
    at: r.answer.point,
    text: '',
    sign: String(r.round),
  }));
}

/** From stop to stop, and from each of one seat's pins to its answer. */
export function journeyLines(results: RoundResult[], seat: SeatId | null): MapLine[] {
  return results.flatMap((r, i) => {
    const out: MapLine[] = [];
    const next = results[i + 1];
    if (next)
      out.push({
        id: `way-${r.round}`,
        from: r.answer.point,
        to: next.answer.point,
        colour: WAY,
        dotted: true,
      });
    const at = lineOf(r, seat)?.at;
    if (at && seat !== null)
      out.push({ id: `own-${r.round}`, from: at, to: r.answer.point, colour: seatColour(seat) });
    return out;
  });
}

export function journeyPoints(results: RoundResult[], seat: SeatId | null): Point[] {
  return results.flatMap((r) => {
    const at = lineOf(r, seat)?.at;
    return at ? [r.answer.point, at] : [r.answer.point];
  });
}
