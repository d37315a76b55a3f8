// The picture to share: 1200 × 630, the journey on a map. Its own chunk: few ask for it.
import { geoEqualEarth, geoGraticule10, geoPath, type GeoPermissibleObjects } from 'd3-geo';
import type { MatchRecord } from '../app/contract';
import type { SeatId } from '../lib/protocol';
import { seatColour } from '../map/colours';
import { greatCircle } from '../map/geo';
import { loadOutlines } from '../map/outlines';
import { FULL, lineOf, perRound } from './game';

export interface Card {
  record: MatchRecord;
  seat: SeatId;
  head: string;
  /** "18,230" and "of 25,000 points" */
  points: string;
  of: string;
  /** "ada · #1 of 3" */
  line: string;
  address: string;
}

const W = 1200;
const H = 630;
const PAPER = '#fbf2e0';
const INK = '#2b211a';
const SOFT = '#66564a';
const ACCENT = '#f7922b';

/** Draws it; the blob is a PNG. */
export async function drawCard(card: Card): Promise<Blob> {
  const [outlines] = await Promise.all([
    loadOutlines(),
    document.fonts.load('800 96px Gabarito').catch(() => undefined),
  ]);
  const canvas = document.createElement('canvas');
  canvas.width = W;
  canvas.height = H;
  const c = canvas.getContext('2d');
  if (!c) throw new Error('no canvas');
  const display = 'Gabarito, system-ui, sans-serif';

  c.fillStyle = PAPER;
  c.fillRect(0, 0, W, H);
  const lamp = c.createRadialGradient(240, -80, 40, 240, -80, 700);
  lamp.addColorStop(0, '#ffd9a0');
  lamp.addColorStop(1, '#ffd9a000');
  c.fillStyle = lamp;
  c.fillRect(0, 0, W, H);

  // The map: the whole world, turned so that the middle of the journey is in its middle.
  const results = card.record.results;
  const mean = results.reduce((a, r) => a + r.answer.point.lon, 0) / Math.max(1, results.length);
  const turn = Math.abs(mean) > 70 ? -mean : -10;
  const projection = geoEqualEarth()
    .rotate([turn, 0])
    .fitExtent(
      [
        [400, 40],
        [W - 30, H - 60],
      ],
      { type: 'Sphere' },
    );
  const path = geoPath(projection, c);
  c.beginPath();
  path({ type: 'Sphere' });
  c.fillStyle = '#a9d6ea';
  c.shadowColor = 'rgb(90 55 10 / 0.35)';
  c.shadowBlur = 30;
  c.shadowOffsetY = 10;
  c.fill();
  c.shadowColor = 'transparent';
  c.save();
  c.clip();
  c.beginPath();
  path(geoGraticule10());
  c.strokeStyle = '#ffffff55';
  c.lineWidth = 1;
  c.stroke();
  const tints = ['#fbf0d4', '#e6efc6', '#ffe3c0', '#d8edd8', '#fbdcd2', '#e7def2'];
  for (const area of outlines.countries) {
    c.beginPath();
    path(area.shape as GeoPermissibleObjects);
    c.fillStyle = area.neutral ? '#e7e4dc' : (tints[area.tint] ?? PAPER);
    c.fill();
    c.strokeStyle = '#8b779688';
    c.lineWidth = 0.6;
    c.stroke();
  }
  const way = (points: { lat: number; lon: number }[]) => {
    c.beginPath();
    path({ type: 'LineString', coordinates: points.map((p) => [p.lon, p.lat]) });
  };
  for (const r of results) {
    const own = lineOf(r, card.seat);
    if (!own?.at) continue;
    way(greatCircle(own.at, r.answer.point, 40));
    c.strokeStyle = '#ffffffcc';
    c.lineWidth = 6;
    c.stroke();
    c.strokeStyle = seatColour(card.seat);
    c.lineWidth = 3;
    c.stroke();
    const at = projection([own.at.lon, own.at.lat]);
    if (!at) continue;
    c.beginPath();
    c.arc(at[0], at[1], 6, 0, 7);
    c.fillStyle = '#fff';
    c.fill();
    c.strokeStyle = seatColour(card.seat);
    c.stroke();
  }
  c.restore();
  for (const r of results) {
    const at = projection([r.answer.point.lon, r.answer.point.lat]);
    if (!at) continue;
    c.beginPath();
    c.arc(at[0], at[1], 15, 0, 7);
    c.fillStyle = '#1d2a2e';
    c.fill();
    c.strokeStyle = '#fff';
    c.lineWidth = 3;
    c.stroke();
    c.fillStyle = '#fff';
    c.font = '700 16px system-ui, sans-serif';
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(String(r.round), at[0], at[1] + 1);
  }

  // The words.
  c.textAlign = 'left';
  c.textBaseline = 'alphabetic';
  c.fillStyle = SOFT;
  c.font = `700 30px ${display}`;
  c.fillText('Snug Atlas', 60, 92);
  c.fillStyle = INK;
  c.font = `800 44px ${display}`;
  fit(c, card.head, 60, 148, 380);
  c.fillStyle = '#9a4300';
  c.font = `800 118px ${display}`;
  fit(c, card.points, 54, 300, 400);
  c.fillStyle = SOFT;
  c.font = `600 30px ${display}`;
  fit(c, card.of, 60, 346, 350);
  const points = perRound(results, card.seat);
  const n = points.length;
  const gap = n > 10 ? 5 : 9;
  const w = Math.min(44, (330 - gap * (n - 1)) / Math.max(1, n));
  points.forEach((p, i) => {
    const high = Math.max(6, (Math.min(p, FULL) / FULL) * 96);
    const x = 60 + i * (w + gap);
    c.fillStyle = '#2b211a18';
    round(c, x, 388, w, 96, 7);
    c.fillStyle = p >= 4500 ? '#2f9e62' : p >= 3000 ? '#e0b21b' : p >= 1500 ? ACCENT : '#d9534a';
    round(c, x, 388 + 96 - high, w, high, 7);
  });
  c.fillStyle = INK;
  c.font = `700 30px ${display}`;
  fit(c, card.line, 60, 540, 330);
  c.fillStyle = SOFT;
  c.font = '500 21px system-ui, sans-serif';
  fit(c, card.address, 60, 582, W - 120);

  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'),
  );
}

/** Text no wider than `most`: squeezed when it would be. */
function fit(c: CanvasRenderingContext2D, text: string, x: number, y: number, most: number) {
  c.fillText(text, x, y, most);
}

function round(c: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number) {
  c.beginPath();
  c.roundRect(x, y, w, h, Math.min(r, w / 2, h / 2));
  c.fill();
}
