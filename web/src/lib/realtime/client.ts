/**
 * One member's connection to one room. It comes back by itself after a cut or a restart of the server, asks for what it
 * missed, and sends commands again until each has its one reply. Knows no framework; `room.svelte.ts` makes it reactive.
 */
import type { Connection, Reply } from '../../app/contract';
import type {
  AnyAction,
  Bye,
  ClientFrame,
  ErrorBody,
  RoomCommand,
  RoomEvent,
  RoomView,
  ServerFrame,
} from '../protocol';
import { backoff, retryAfter } from './backoff';
import { MatchClock } from './clock';
import { fold, foldOwn } from './fold';

const PROTOCOL = 1;
/** A connection that has not welcomed us by then is given up. */
const WELCOME_MS = 10_000;
/** An answer expected after waking up. */
const PROBE_MS = 3000;
const PIN_EVERY_MS = 500;

/** Refusals of a hello that pass by themselves. */
const PASSING = new Set(['stopping', 'not_saved', 'not_ready', 'rate_limited', 'too_fast', 'internal']);
/** Refusals of a hello that a new guest session mends. */
const NO_SESSION = new Set([
  'unauthorized',
  'no_session',
  'not_signed_in',
  'unauthenticated',
  'session_required',
]);

/** Why there is no going on. */
export type Ended = { why: 'bye'; bye: Bye } | { why: 'refused'; error: ErrorBody };

/** The part of WebSocket that is used; tests bring their own. */
export interface Socket {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

/** The world outside, for tests to replace. */
export interface World {
  open(): Socket;
  now(): number;
  random(): number;
  later(run: () => void, ms: number): () => void;
}

export interface Listener {
  /** Something that components show has changed. */
  changed(): void;
  /** An event was folded in. */
  event(event: RoomEvent, live: boolean): void;
  /** The session is gone (the cookie was cleared): make one; resolves when it is there. */
  session(): Promise<void>;
}

interface Pending {
  id: number;
  command: RoomCommand;
  resolve: (reply: Reply) => void;
}

interface Pin {
  action: AnyAction;
  resolve: (reply: Reply) => void;
}

const isPin = (action: AnyAction): boolean => action.do === 'pin';

export class RoomClient {
  view: RoomView | null = null;
  connection: Connection = 'connecting';
  ended: Ended | null = null;
  /** When the connection was lost, by `world.now()`. */
  lostAt: number | null = null;
  readonly clock: MatchClock;

  #world: World;
  #listener: Listener;
  #room: string;
  #client: number;
  #watch: boolean;
  #socket: Socket | null = null;
  #welcome = false;
  #epoch = 0;
  #v = -1;
  #resyncing = false;
  /** Events are being caught up on: they are shown, not celebrated. */
  #behind = false;
  #attempt = 0;
  #renewed = false;
  #heartbeat = 15_000;
  #heardAt = 0;
  #saidAt = 0;
  #pingId = 0;
  #pings = new Map<number, number>();
  #nextId = 1;
  #pending: Pending[] = [];
  #pin: Pin | null = null;
  #pinAt = -Infinity;
  #cancelPin: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #cancelWelcome: (() => void) | null = null;
  #cancelProbe: (() => void) | null = null;
  #cancelBeat: (() => void) | null = null;

  constructor(options: { room: string; client: number; watch?: boolean; world: World; listener: Listener }) {
    this.#room = options.room;
    this.#client = options.client;
    this.#watch = options.watch ?? false;
    this.#world = options.world;
    this.#listener = options.listener;
    this.clock = new MatchClock(() => this.#world.now());
  }

  /** Goes in. */
  start(): void {
    if (this.ended || this.#socket) return;
    this.#connect();
  }

  /** Leaves the page, not the room: the seat waits. */
  stop(): void {
    this.#dropSocket();
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#cancelPin?.();
    this.#cancelPin = null;
  }

  /** The device woke up or has a network again: try at once, or see whether the connection still answers. */
  wake(): void {
    if (this.ended) return;
    if (this.#cancelRetry) {
      this.#cancelRetry();
      this.#cancelRetry = null;
      this.#connect();
    } else if (this.#welcome) {
      this.#probe();
    }
  }

  /** Sends a command, and again after a cut, until it is replied to. */
  send(command: RoomCommand): Promise<Reply> {
    if (this.ended) return Promise.resolve(refused('ended', 'This room is closed for you.'));
    return new Promise((resolve) => {
      this.#enqueue(command, resolve);
    });
  }

  /** Acts in the match; pins are gathered, see the contract. */
  act(action: AnyAction): Promise<Reply> {
    if (this.ended) return Promise.resolve(refused('ended', 'This room is closed for you.'));
    if (this.view) {
      this.view = foldOwn(this.view, action);
      this.#listener.changed();
    }
    return new Promise((resolve) => {
      if (isPin(action)) {
        this.#pin?.resolve(superseded());
        this.#pin = { action, resolve };
        this.#flushPin();
        return;
      }
      // A lock carries its own pin; one that still waits would only come too late.
      if (this.#pin) {
        this.#pin.resolve(superseded());
        this.#pin = null;
      }
      this.#enqueue({ type: 'act', action }, resolve);
    });
  }

  #enqueue(command: RoomCommand, resolve: (reply: Reply) => void): void {
    const pending: Pending = { id: this.#nextId++, command, resolve };
    this.#pending.push(pending);
    if (this.#welcome) this.#say({ t: 'cmd', id: pending.id, cmd: command });
  }

  #flushPin(): void {
    if (!this.#pin || this.#cancelPin || !this.#welcome) return;
    const wait = this.#pinAt + PIN_EVERY_MS - this.#world.now();
    if (wait > 0) {
      this.#cancelPin = this.#world.later(() => {
        this.#cancelPin = null;
        this.#flushPin();
      }, wait);
      return;
    }
    const { action, resolve } = this.#pin;
    this.#pin = null;
    this.#pinAt = this.#world.now();
    this.#enqueue({ type: 'act', action }, resolve);
  }

  #connect(): void {
    this.#welcome = false;
    this.#resyncing = false;
    const socket = this.#world.open();
    this.#socket = socket;
    const current = () => this.#socket === socket;
    this.#cancelWelcome = this.#world.later(() => {
      if (current()) this.#cut();
    }, WELCOME_MS);
    socket.onopen = () => {
      if (!current()) return;
      const hello: ClientFrame = { t: 'hello', protocol: PROTOCOL, room: this.#room, client: this.#client };
      if (this.view && this.#v >= 0) hello.since = { epoch: this.#epoch, v: this.#v };
      if (this.#watch) hello.watch = true;
      this.#say(hello);
    };
    socket.onmessage = (event) => {
      if (!current() || typeof event.data !== 'string') return;
      this.#heardAt = this.#world.now();
      let frame: ServerFrame;
      try {
        frame = JSON.parse(event.data) as ServerFrame;
      } catch {
        // Not ours; what it may have carried is found by the gap that it leaves.
        return;
      }
      this.#hear(frame);
    };
    socket.onclose = () => {
      if (current()) this.#cut();
    };
  }

  #hear(frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome':
        this.#onWelcome(frame);
        return;
      case 'view':
        this.#epoch = frame.epoch;
        this.#v = frame.v;
        this.#resyncing = false;
        this.clock.read(frame.clock);
        this.#show(frame.view);
        return;
      case 'event':
        this.#onEvent(frame);
        return;
      case 'reply':
        this.#onReply(frame);
        return;
      case 'pong':
        this.#onPong(frame);
        return;
      case 'error':
        this.#onError(frame.error);
        return;
      case 'bye':
        this.#onBye(frame.why, frame.retry_ms);
        return;
    }
  }

  #onWelcome(frame: Extract<ServerFrame, { t: 'welcome' }>): void {
    this.#cancelWelcome?.();
    this.#cancelWelcome = null;
    this.#welcome = true;
    this.#attempt = 0;
    this.#renewed = false;
    this.#heartbeat = frame.heartbeat_ms;
    this.connection = 'online';
    this.lostAt = null;
    this.#epoch = frame.epoch;
    this.clock.read(frame.clock);
    if (frame.view) {
      this.#v = frame.v;
      this.#show(frame.view);
    } else {
      // Events that we missed follow, and the pong comes after them.
      this.#behind = true;
      this.#listener.changed();
    }
    for (const p of this.#pending) this.#say({ t: 'cmd', id: p.id, cmd: p.command });
    this.#ping();
    this.#flushPin();
    this.#beat();
  }

  #show(view: RoomView): void {
    // What the player did and the server has not answered yet stays visible.
    let shown = view;
    for (const p of this.#pending) if (p.command.type === 'act') shown = foldOwn(shown, p.command.action);
    if (this.#pin) shown = foldOwn(shown, this.#pin.action);
    this.view = shown;
    this.#listener.changed();
  }

  #onEvent(frame: Extract<ServerFrame, { t: 'event' }>): void {
    if (this.#resyncing || !this.view) return;
    if (frame.prev !== this.#v) {
      // Seen already (it was under way twice), or one is missing.
      if (frame.v <= this.#v) return;
      this.#resyncing = true;
      this.#say({ t: 'resync' });
      return;
    }
    this.#v = frame.v;
    // The clock of an event that is caught up on is old; the pong after it sets it right.
    if (!this.#behind || frame.clock.running !== this.clock.running) this.clock.read(frame.clock);
    for (const event of frame.events) {
      this.view = fold(this.view, event);
      this.#listener.event(event, !this.#behind);
    }
    this.#listener.changed();
  }

  #onReply(frame: Extract<ServerFrame, { t: 'reply' }>): void {
    const index = this.#pending.findIndex((p) => p.id === frame.id);
    const [pending] = index < 0 ? [] : this.#pending.splice(index, 1);
    if (!pending) return;
    if (frame.error) {
      pending.resolve({ ok: false, error: frame.error });
      // The view shows what the player wished; have the truth.
      if (pending.command.type === 'act' && this.#welcome && !this.#resyncing) {
        this.#resyncing = true;
        this.#say({ t: 'resync' });
      }
    } else {
      pending.resolve({ ok: true, v: frame.v ?? 0 });
    }
  }

  #onPong(frame: Extract<ServerFrame, { t: 'pong' }>): void {
    const sent = this.#pings.get(frame.n);
    this.#pings.delete(frame.n);
    this.#cancelProbe?.();
    this.#cancelProbe = null;
    this.#behind = false;
    this.clock.read(frame.clock, sent === undefined ? 0 : Math.min(500, (this.#world.now() - sent) / 2));
    this.#listener.changed();
  }

  #onError(error: ErrorBody): void {
    if (this.#welcome) return;
    if (NO_SESSION.has(error.code) && !this.#renewed) {
      this.#renewed = true;
      this.#dropSocket();
      this.#listener.session().then(
        () => {
          if (!this.ended && !this.#socket) this.#connect();
        },
        () => this.#retry(backoff(this.#attempt++, this.#world.random())),
      );
      return;
    }
    if (PASSING.has(error.code)) {
      this.#cut();
      return;
    }
    this.#end({ why: 'refused', error });
  }

  #onBye(why: Bye, retryMs: number | null): void {
    if (retryMs === null) {
      this.#end({ why: 'bye', bye: why });
      return;
    }
    this.#dropSocket();
    this.#lost();
    this.#retry(retryAfter(retryMs, this.#world.random()));
  }

  #end(ended: Ended): void {
    this.ended = ended;
    this.connection = 'ended';
    this.stop();
    for (const p of this.#pending) p.resolve(refused('ended', 'The connection to this room has ended.'));
    this.#pending = [];
    this.#pin?.resolve(refused('ended', 'The connection to this room has ended.'));
    this.#pin = null;
    this.#listener.changed();
  }

  /** The connection is gone without a word: come back. */
  #cut(): void {
    this.#dropSocket();
    if (this.ended) return;
    this.#lost();
    this.#retry(backoff(this.#attempt++, this.#world.random()));
  }

  #lost(): void {
    this.connection = 'lost';
    this.lostAt ??= this.#world.now();
    // An older pin that was not answered is overtaken by a newer one: one is enough.
    const pins = this.#pending.filter((p) => p.command.type === 'act' && isPin(p.command.action));
    const kept = this.#pin ? null : (pins.at(-1) ?? null);
    for (const p of pins) {
      if (p === kept) continue;
      p.resolve(superseded());
      this.#pending.splice(this.#pending.indexOf(p), 1);
    }
    this.#listener.changed();
  }

  #retry(ms: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#world.later(() => {
      this.#cancelRetry = null;
      this.#connect();
    }, ms);
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcome = false;
    for (const cancel of [this.#cancelWelcome, this.#cancelProbe, this.#cancelBeat]) cancel?.();
    this.#cancelWelcome = this.#cancelProbe = this.#cancelBeat = null;
    this.#pings.clear();
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #say(frame: ClientFrame): void {
    this.#saidAt = this.#world.now();
    this.#socket?.send(JSON.stringify(frame));
  }

  #ping(): void {
    const n = ++this.#pingId;
    this.#pings.set(n, this.#world.now());
    this.#say({ t: 'ping', n });
  }

  #probe(): void {
    this.#ping();
    this.#cancelProbe?.();
    this.#cancelProbe = this.#world.later(() => {
      this.#cancelProbe = null;
      this.#cut();
    }, PROBE_MS);
  }

  /** Speaks when silent for half the agreed time, and gives up on a server that is silent for twice the time. */
  #beat(): void {
    this.#cancelBeat = this.#world.later(
      () => {
        if (!this.#welcome) return;
        const now = this.#world.now();
        if (now - this.#heardAt > this.#heartbeat * 2) {
          this.#cut();
          return;
        }
        if (now - this.#saidAt >= this.#heartbeat / 2) this.#ping();
        this.#beat();
      },
      Math.min(1000, this.#heartbeat / 4),
    );
  }
}

function refused(code: string, message: string): Reply {
  return { ok: false, error: { code, message } };
}

/** A newer pin went in its place. */
function superseded(): Reply {
  return { ok: true, v: 0 };
}
