import { beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../app/contract';
import type { ClientFrame, RoomEvent, ServerFrame } from '../protocol';
import { RoomClient, type Socket } from './client';
import { match, room } from './samples';

const clock = { now: 1000, running: true };

/** One end of a connection in a test's hands. */
class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: ClientFrame[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientFrame);
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.();
  }
  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drop(): void {
    this.onclose?.();
  }
  cmds(): Extract<ClientFrame, { t: 'cmd' }>[] {
    return this.sent.filter((f) => f.t === 'cmd');
  }
}

/** A world whose time passes when told to. */
class FakeWorld {
  time = 0;
  sockets: FakeSocket[] = [];
  #timers: { at: number; run: () => void }[] = [];

  open(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }
  now(): number {
    return this.time;
  }
  random(): number {
    return 0.5;
  }
  later(run: () => void, ms: number): () => void {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((t) => t !== timer);
    };
  }
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((t) => t !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
}

let world: FakeWorld;
let client: RoomClient;
let heard: [RoomEvent, boolean][];
let sessions: number;

beforeEach(() => {
  world = new FakeWorld();
  heard = [];
  sessions = 0;
  client = new RoomClient({
    room: 'KITE42',
    client: 7,
    world,
    listener: {
      changed: () => undefined,
      event: (event, live) => heard.push([event, live]),
      session: () => {
        sessions += 1;
        return Promise.resolve();
      },
    },
  });
  client.start();
});

const welcome = (v: number, view = room({ match: match() })): ServerFrame => ({
  t: 'welcome',
  epoch: 1,
  v,
  clock,
  view,
  heartbeat_ms: 10_000,
});
const caughtUp = (v: number): ServerFrame => ({ ...(welcome(v) as object), view: null }) as ServerFrame;
const host = (member: number, v: number, prev: number): ServerFrame => ({
  t: 'event',
  v,
  prev,
  clock,
  events: [{ type: 'host', member }],
});

function enter(v = 5): FakeSocket {
  world.socket.open();
  world.socket.say(welcome(v));
  return world.socket;
}

/** Lets settled promises tell their listeners. */
const settle = () => new Promise((done) => setTimeout(done, 0));

describe('going in', () => {
  it('says hello without a past, and shows what it is given', () => {
    world.socket.open();
    expect(world.socket.sent).toEqual([{ t: 'hello', protocol: 1, room: 'KITE42', client: 7 }]);
    expect(client.connection).toBe('connecting');
    world.socket.say(welcome(5));
    expect(client.connection).toBe('online');
    expect(client.view?.code).toBe('KITE42');
  });

  it('gives up on a server that never welcomes, and tries again', () => {
    world.socket.open();
    world.pass(10_000);
    expect(world.sockets[0]?.closed).toBe(true);
    world.pass(1000);
    expect(world.sockets).toHaveLength(2);
  });

  it('makes a session once when it has none', async () => {
    world.socket.open();
    world.socket.say({ t: 'error', error: { code: 'not_signed_in', message: '' } });
    await settle();
    expect(sessions).toBe(1);
    expect(world.sockets).toHaveLength(2);
    world.socket.open();
    world.socket.say({ t: 'error', error: { code: 'not_signed_in', message: '' } });
    await settle();
    expect(sessions).toBe(1);
    expect(client.ended).toMatchObject({ why: 'refused' });
  });

  it('ends when it is refused for good', () => {
    world.socket.open();
    world.socket.say({ t: 'error', error: { code: 'no_such_room', message: 'No.' } });
    expect(client.connection).toBe('ended');
    world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
  });

  it('tries again when the refusal passes', () => {
    world.socket.open();
    world.socket.say({ t: 'error', error: { code: 'stopping', message: '' } });
    expect(client.ended).toBeNull();
    world.pass(1000);
    expect(world.sockets).toHaveLength(2);
  });
});

describe('events', () => {
  it('are folded in and told', () => {
    enter(5).say(host(2, 6, 5));
    expect(client.view?.host).toBe(2);
    expect(heard).toEqual([[{ type: 'host', member: 2 }, true]]);
  });

  it('are live again once the pong after those that were missed has come', () => {
    enter(5).drop();
    world.pass(1000);
    world.socket.open();
    world.socket.say(caughtUp(5));
    world.socket.say(host(2, 6, 5));
    world.socket.say({ t: 'pong', n: 2, clock });
    world.socket.say(host(1, 7, 6));
    expect(heard.map(([, live]) => live)).toEqual([false, true]);
  });

  it('that were seen already are passed over', () => {
    const socket = enter(5);
    socket.say(host(2, 6, 5));
    socket.say(host(1, 6, 5));
    expect(client.view?.host).toBe(2);
    expect(socket.sent.some((f) => f.t === 'resync')).toBe(false);
  });

  it('after a gap wait for a fresh view, which is asked for once', () => {
    const socket = enter(5);
    socket.say(host(2, 8, 7));
    socket.say(host(2, 9, 8));
    expect(client.view?.host).toBe(1);
    expect(socket.sent.filter((f) => f.t === 'resync')).toHaveLength(1);
    socket.say({ t: 'view', epoch: 1, v: 9, clock, view: room({ host: 2 }) });
    socket.say(host(1, 10, 9));
    expect(client.view?.host).toBe(1);
  });

  it('that cannot be read do no harm', () => {
    const socket = enter(5);
    socket.onmessage?.({ data: '{"t":' });
    socket.onmessage?.({ data: '{"t":"something new"}' });
    socket.say(host(2, 6, 5));
    expect(client.view?.host).toBe(2);
  });
});

describe('a cut', () => {
  it('is mended by itself, from where it stood', () => {
    const socket = enter(5);
    socket.say(host(2, 6, 5));
    socket.drop();
    expect(client.connection).toBe('lost');
    expect(client.view?.host).toBe(2);
    world.pass(1000);
    expect(world.sockets).toHaveLength(2);
    world.socket.open();
    expect(world.socket.sent[0]).toMatchObject({ t: 'hello', client: 7, since: { epoch: 1, v: 6 } });
    world.socket.say(caughtUp(6));
    world.socket.say(host(1, 7, 6));
    expect(client.connection).toBe('online');
    expect(client.view?.host).toBe(1);
    expect(heard.map(([, live]) => live)).toEqual([true, false]);
  });

  it('is tried again and again, more and more patiently', () => {
    enter(5).drop();
    for (let i = 0; i < 6; i += 1) {
      world.pass(8000);
      world.socket.drop();
    }
    expect(world.sockets.length).toBeGreaterThanOrEqual(6);
    expect(client.connection).toBe('lost');
  });

  it('after a restart of the server waits as long as it was told', () => {
    enter(5).say({ t: 'bye', why: 'restart', retry_ms: 3000 });
    world.pass(2999);
    expect(world.sockets).toHaveLength(1);
    world.pass(2000);
    expect(world.sockets).toHaveLength(2);
  });

  it('is not waited out when the device wakes up', () => {
    enter(5).drop();
    client.wake();
    expect(world.sockets).toHaveLength(2);
  });

  it('is noticed at waking up when no answer comes', () => {
    const socket = enter(5);
    world.pass(500);
    client.wake();
    world.pass(3000);
    expect(client.connection).toBe('lost');
    expect(socket.closed).toBe(true);
  });

  it('is noticed when the server is silent for twice the heartbeat', () => {
    const socket = enter(5);
    world.pass(12_000);
    expect(client.connection).toBe('online');
    expect(socket.sent.filter((f) => f.t === 'ping').length).toBeGreaterThan(1);
    world.pass(10_000);
    expect(client.connection).toBe('lost');
  });
});

describe('the end', () => {
  it.each(['kicked', 'closed', 'left', 'moved'] as const)('%s is final', async (why) => {
    const waiting = client.send({ type: 'start' });
    enter(5).say({ t: 'bye', why, retry_ms: null });
    expect(client.ended).toEqual({ why: 'bye', bye: why });
    expect((await waiting).ok).toBe(false);
    world.pass(60_000);
    client.wake();
    expect(world.sockets).toHaveLength(1);
    expect((await client.send({ type: 'start' })).ok).toBe(false);
  });
});

describe('commands', () => {
  it('wait for the welcome, count up, and get their reply', async () => {
    const first = client.send({ type: 'start' });
    const socket = enter(5);
    const second = client.send({ type: 'pause' });
    expect(socket.cmds().map((c) => [c.id, c.cmd.type])).toEqual([
      [1, 'start'],
      [2, 'pause'],
    ]);
    socket.say({ t: 'reply', id: 2, error: { code: 'not_host', message: 'No.' } });
    socket.say({ t: 'reply', id: 1, v: 6 });
    expect(await first).toEqual({ ok: true, v: 6 });
    expect(await second).toEqual({ ok: false, error: { code: 'not_host', message: 'No.' } });
  });

  it('are sent again with their ids until they are replied to', async () => {
    const socket = enter(5);
    const answered = client.send({ type: 'start' });
    void client.send({ type: 'pause' });
    socket.say({ t: 'reply', id: 1, v: 6 });
    await answered;
    socket.drop();
    void client.send({ type: 'resume' });
    world.pass(1000);
    enter(7);
    expect(world.socket.cmds().map((c) => [c.id, c.cmd.type])).toEqual([
      [2, 'pause'],
      [3, 'resume'],
    ]);
  });
});

describe('pins', () => {
  const pin = (lat: number) => ({ game: 'atlas', do: 'pin', round: 1, at: { lat, lon: 0 } }) as const;
  const pins = (socket: FakeSocket) =>
    socket
      .cmds()
      .map((c) => (c.cmd.type === 'act' && c.cmd.action.do === 'pin' ? c.cmd.action.at.lat : null));

  it('show at once, and at most two a second are sent: the first and the newest', async () => {
    const socket = enter(5);
    const replies: Promise<Reply>[] = [];
    for (let lat = 1; lat <= 10; lat += 1) {
      replies.push(client.act(pin(lat)));
      world.pass(40);
    }
    expect(client.view?.match?.view.pin).toEqual({ lat: 10, lon: 0 });
    world.pass(2000);
    expect(pins(socket)).toEqual([1, 10]);
    socket.say({ t: 'reply', id: 1, v: 0 });
    socket.say({ t: 'reply', id: 2, v: 0 });
    for (const reply of await Promise.all(replies)) expect(reply.ok).toBe(true);
  });

  it('stay visible over a fresh view until they are replied to', () => {
    const socket = enter(5);
    void client.act(pin(3));
    socket.say({ t: 'view', epoch: 1, v: 6, clock, view: room({ match: match() }) });
    expect(client.view?.match?.view.pin).toEqual({ lat: 3, lon: 0 });
  });

  it('placed while away: only the newest goes out', () => {
    enter(5).drop();
    void client.act(pin(1));
    void client.act(pin(2));
    world.pass(1000);
    enter(5);
    world.pass(1000);
    expect(pins(world.socket)).toEqual([2]);
  });

  it('under way at the cut are overtaken by a newer one', async () => {
    const socket = enter(5);
    const old = client.act(pin(1));
    socket.drop();
    void client.act(pin(2));
    world.pass(1000);
    world.socket.drop();
    expect((await Promise.race([old, settle().then(() => null)]))?.ok).toBe(true);
    world.pass(3000);
    enter(5);
    world.pass(1000);
    expect(pins(world.socket)).toEqual([2]);
  });

  it('that wait are dropped by a lock, which carries its own', () => {
    const socket = enter(5);
    void client.act(pin(1));
    void client.act(pin(2));
    void client.act({ game: 'atlas', do: 'lock', round: 1, at: { lat: 3, lon: 0 } });
    world.pass(2000);
    expect(socket.cmds().map((c) => (c.cmd.type === 'act' ? c.cmd.action.do : ''))).toEqual(['pin', 'lock']);
    expect(client.view?.match?.view.pin).toEqual({ lat: 3, lon: 0 });
  });

  it('refused bring back the truth', () => {
    const socket = enter(5);
    void client.act(pin(1));
    socket.say({ t: 'reply', id: 1, error: { code: 'wrong_round', message: '' } });
    expect(socket.sent.at(-1)).toEqual({ t: 'resync' });
    socket.say({ t: 'view', epoch: 1, v: 5, clock, view: room({ match: match() }) });
    expect(client.view?.match?.view.pin).toBeNull();
  });
});
