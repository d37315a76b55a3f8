/** Plays matches over the socket from within a page: as that player, by the rules of the wire, without the map. */
import type { Page } from '@playwright/test';
import { preset } from '../src/lib/presets';

/** A whole solo match of the preset Quick, every round locked at once; the record's id. */
export async function playSolo(page: Page, base: string): Promise<string> {
  if (!page.url().startsWith(base)) await page.goto('/');
  const settings = { public: false, late: 'watch', game: preset('quick') };
  const code = await page.evaluate(async (wanted) => {
    const post = (path: string, body: unknown) =>
      fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/api/auth/guest', {});
    // As the page itself notes it.
    localStorage.setItem('snug.guest', '1');
    return ((await (await post('/api/rooms', { settings: wanted })).json()) as { code: string }).code;
  }, settings);
  return playRoom(page, code);
}

/** The match in this room to its end, as the page's player, every round locked at once; the record's id. */
export async function playRoom(page: Page, code: string): Promise<string> {
  return page.evaluate(async (room) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
    let id = 0;
    const say = (frame: unknown) => socket.send(JSON.stringify(frame));
    const cmd = (command: unknown) => say({ t: 'cmd', id: (id += 1), cmd: command });
    const act = (action: object) => cmd({ type: 'act', action: { game: 'atlas', ...action } });
    return new Promise<string>((done, fail) => {
      const timer = setTimeout(() => fail(new Error('the match did not end in time')), 40_000);
      const lock = (round: number) => act({ do: 'lock', round, at: { lat: 10 * round, lon: 5 * round } });
      socket.onopen = () => say({ t: 'hello', protocol: 1, room, client: 99 });
      socket.onmessage = ({ data }) => {
        const frame = JSON.parse(String(data)) as {
          t: string;
          view?: { match: { view: { round: number } } | null };
          error?: { code: string };
          events?: {
            type: string;
            match_id?: string;
            event?: { is: string; round?: number; next?: unknown; result?: { round: number } };
          }[];
        };
        if (frame.t === 'welcome') {
          const running = frame.view?.match;
          if (running) lock(running.view.round);
          else cmd({ type: 'start' });
        }
        if (frame.error) fail(new Error(`${frame.t}: ${frame.error.code}`));
        for (const event of frame.events ?? []) {
          if (event.type === 'started') lock(1);
          if (event.type === 'game' && event.event?.is === 'round') lock(event.event.round ?? 0);
          if (event.type === 'game' && event.event?.is === 'result' && event.event.next !== null) {
            act({ do: 'skip', round: event.event.result?.round });
          }
          if (event.type === 'ended') {
            clearTimeout(timer);
            socket.close();
            done(event.match_id ?? '');
          }
        }
      };
    });
  }, code);
}
