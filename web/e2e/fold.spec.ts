import type { RoomCommand, RoomView, ServerFrame } from '../src/lib/protocol';
import { preset } from '../src/lib/presets';
import { fold, foldOwn } from '../src/lib/realtime/fold';
import { expect, test } from './fixture';

/**
 * What a page folds together from events must be what the server would show: after every step each player asks for a fresh
 * view, and it has to equal the folded one, for the host, for players, for one who watches and for one who comes late.
 */
test('folded events equal the server’s own view at every step', async ({ page, server, browserName }) => {
  test.skip(test.info().project.name !== 'desktop', 'has nothing to do with the size of the window');
  expect(browserName).toBe('chromium');
  await page.goto('/credits');

  const token = async () => {
    const answer = await fetch(`${server.url}/api/auth/guest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: true }),
    });
    return ((await answer.json()) as { token: string }).token;
  };
  const tokens = {
    ada: await token(),
    ben: await token(),
    cy: await token(),
    dot: await token(),
    eve: await token(),
  };
  type Name = keyof typeof tokens;
  const made = await fetch(`${server.url}/api/rooms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.ada}` },
    body: JSON.stringify({ settings: { public: true, late: 'next_round', game: preset('quick') } }),
  });
  const { code } = (await made.json()) as { code: string };

  await page.evaluate(() => {
    const sockets = new Map<string, WebSocket>();
    const heard = new Map<string, string[]>();
    Object.assign(window, {
      enter: (name: string, hello: object) => {
        const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
        sockets.set(name, socket);
        heard.set(name, []);
        socket.onopen = () => socket.send(JSON.stringify(hello));
        socket.onmessage = ({ data }) => heard.get(name)?.push(String(data));
      },
      say: (name: string, frame: object) => sockets.get(name)?.send(JSON.stringify(frame)),
      quit: (name: string) => sockets.get(name)?.close(),
      take: (name: string) => heard.get(name)?.splice(0) ?? [],
    });
  });
  const call = (fn: string, ...args: unknown[]) =>
    page.evaluate(
      ([f, a]) =>
        (window as unknown as Record<string, (...x: unknown[]) => unknown>)[f as string]!(
          ...(a as unknown[]),
        ),
      [fn, args] as const,
    );

  const views = new Map<Name, RoomView>();
  let steps = 0;
  let ids = 0;

  /** Hears what has come, folds it, and at a fresh view compares. */
  async function hear(name: Name, until: (frame: ServerFrame) => boolean): Promise<void> {
    await expect
      .poll(async () => {
        let seen = false;
        for (const text of (await call('take', name)) as string[]) {
          const frame = JSON.parse(text) as ServerFrame;
          if (frame.t === 'welcome' && frame.view) views.set(name, frame.view);
          if (frame.t === 'event') for (const e of frame.events) views.set(name, fold(views.get(name)!, e));
          if (frame.t === 'reply' && frame.error)
            throw new Error(`${name}: ${frame.error.code} ${frame.error.message}`);
          if (frame.t === 'view') {
            expect(views.get(name), `${name} after step ${steps}`).toEqual(frame.view);
            steps += 1;
          }
          seen ||= until(frame);
        }
        return seen;
      }, `${name} hears at step ${steps}`)
      .toBe(true);
  }
  async function compare(): Promise<void> {
    for (const name of views.keys()) {
      await call('say', name, { t: 'resync' });
      await hear(name, (f) => f.t === 'view');
    }
  }
  async function enter(name: Name, watch = false): Promise<void> {
    await call('enter', name, { t: 'hello', protocol: 1, room: code, client: 1, token: tokens[name], watch });
    await hear(name, (f) => f.t === 'welcome');
    await compare();
  }
  async function does(name: Name, cmd: RoomCommand): Promise<void> {
    const id = (ids += 1);
    if (cmd.type === 'act') views.set(name, foldOwn(views.get(name)!, cmd.action));
    await call('say', name, { t: 'cmd', id, cmd });
    await hear(name, (f) => (f.t === 'reply' && f.id === id) || (cmd.type === 'leave' && f.t === 'bye'));
    if (cmd.type === 'leave') views.delete(name);
    await compare();
  }
  const lock = (name: Name, round: number, lat: number) =>
    does(name, { type: 'act', action: { game: 'atlas', do: 'lock', round, at: { lat, lon: 20 } } });

  await enter('ada');
  await enter('ben');
  await enter('cy');
  await enter('dot', true);
  const you = (name: Name) => views.get(name)!.you;
  await does('ben', { type: 'chat', text: 'Hello' });
  await does('ben', { type: 'emote', emote: '🎉' });
  await does('cy', { type: 'rename', name: 'Cyrano' });
  await does('cy', { type: 'watch', watch: true });
  await does('cy', { type: 'watch', watch: false });
  await does('ada', { type: 'hand_over', member: you('ben') });
  await does('ben', { type: 'hand_over', member: you('ada') });
  await does('ada', {
    type: 'settings',
    settings: { public: false, late: 'next_round', game: preset('quick') },
  });
  await does('ada', { type: 'start' });
  await does('ada', { type: 'pause' });
  await does('ada', { type: 'resume' });
  await lock('ada', 1, 10);
  await enter('eve');
  await lock('ben', 1, -20);
  await lock('cy', 1, 30);
  await does('ben', { type: 'act', action: { game: 'atlas', do: 'skip', round: 1 } });
  await does('ada', { type: 'act', action: { game: 'atlas', do: 'skip', round: 1 } });
  await does('ada', {
    type: 'act',
    action: { game: 'atlas', do: 'pin', round: 2, at: { lat: 1, lon: 2 } },
  });
  await lock('eve', 2, 40);
  await does('cy', { type: 'leave' });
  await lock('ada', 2, 50);
  await lock('ben', 2, 50);
  await does('ada', { type: 'act', action: { game: 'atlas', do: 'skip', round: 2 } });
  await lock('ben', 3, 0);
  await lock('eve', 3, 1);
  await lock('ada', 3, 2);
  await expect
    .poll(async () => {
      await compare();
      return views.get('ben')?.ended;
    })
    .toMatch(/^mat_/);
  await does('ada', { type: 'again' });
  expect(steps).toBeGreaterThan(100);
});
