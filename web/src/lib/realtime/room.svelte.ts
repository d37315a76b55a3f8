/** The reactive room: what `Room` in `app/contract.ts` promises. */
import type { Connection, Reply, Room, RoomListener } from '../../app/contract';
import { session } from '../../app/session.svelte';
import type { AnyAction, MemberView, RoomCommand, RoomView } from '../protocol';
import { RoomClient, type Ended, type Socket } from './client';

/** Only after this long is a lost connection mentioned. */
const CALM_MS = 2000;

/** Drawn once per tab: tells this tab's commands from those of the player's other tabs. `getRandomValues` exists on plain http. */
function drawClientNumber(): number {
  const words = crypto.getRandomValues(new Uint32Array(2));
  // 53 bits: what a JSON number carries exactly.
  return (words[0] ?? 1) * 2 ** 21 + ((words[1] ?? 1) >>> 11);
}

const clientNumber = drawClientNumber();
/** Ids rise over the tab's life, also over several visits of rooms: a client number never repeats an id. */
let visits = 0;

export class LiveRoom implements Room {
  readonly code: string;
  #view = $state.raw<RoomView | null>(null);
  #connection = $state<Connection>('connecting');
  #ended = $state.raw<Ended | null>(null);
  #running = $state(false);
  #troubled = $state(false);
  #client: RoomClient;
  #listeners = new Set<RoomListener>();
  #stop: (() => void)[] = [];
  #calm: ReturnType<typeof setTimeout> | undefined;

  readonly #me = $derived(this.#view?.members.find((m) => m.id === this.#view?.you) ?? null);
  readonly #host = $derived(this.#view?.members.find((m) => m.id === this.#view?.host) ?? null);
  readonly #isHost = $derived(this.#view !== null && this.#view.host === this.#view.you);

  constructor(code: string, options: { watch?: boolean } = {}) {
    this.code = code;
    visits += 1;
    this.#client = new RoomClient({
      room: code,
      client: clientNumber + visits - 1,
      watch: options.watch ?? false,
      world: {
        open: openSocket,
        now: () => performance.now(),
        random: () => Math.random(),
        later: (run, ms) => {
          const id = setTimeout(run, ms);
          return () => clearTimeout(id);
        },
      },
      listener: {
        changed: () => this.#sync(),
        event: (event, live) => {
          // Listeners see the view that the event made.
          const before = this.#view;
          this.#view = this.#client.view;
          if (before) for (const listener of this.#listeners) listener(event, live, before);
        },
        session: async () => {
          await session.renew();
        },
      },
    });
    const wake = () => this.#client.wake();
    const onVisible = () => {
      if (!document.hidden) wake();
    };
    window.addEventListener('online', wake);
    window.addEventListener('offline', wake);
    window.addEventListener('pageshow', wake);
    document.addEventListener('visibilitychange', onVisible);
    this.#stop.push(() => {
      window.removeEventListener('online', wake);
      window.removeEventListener('offline', wake);
      window.removeEventListener('pageshow', wake);
      document.removeEventListener('visibilitychange', onVisible);
    });
    this.#client.start();
  }

  get view(): RoomView | null {
    return this.#view;
  }
  get connection(): Connection {
    return this.#connection;
  }
  get ended(): Ended | null {
    return this.#ended;
  }
  get running(): boolean {
    return this.#running;
  }
  /** The connection has been away for long enough to say so. */
  get troubled(): boolean {
    return this.#troubled;
  }
  get me(): MemberView | null {
    return this.#me;
  }
  get host(): MemberView | null {
    return this.#host;
  }
  get isHost(): boolean {
    return this.#isHost;
  }

  clock(): number {
    return this.#client.clock.now();
  }

  send(command: RoomCommand): Promise<Reply> {
    return this.#client.send(command);
  }

  act(action: AnyAction): Promise<Reply> {
    return this.#client.act(action);
  }

  on(listener: RoomListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets go of the connection; the seat waits for the player to come back. */
  close(): void {
    for (const stop of this.#stop) stop();
    clearTimeout(this.#calm);
    this.#client.stop();
    this.#listeners.clear();
  }

  #sync(): void {
    this.#view = this.#client.view;
    this.#ended = this.#client.ended;
    this.#running = this.#client.clock.running;
    const was = this.#connection;
    this.#connection = this.#client.connection;
    if (this.#connection === 'lost' && was !== 'lost') {
      this.#calm = setTimeout(() => (this.#troubled = true), CALM_MS);
    } else if (this.#connection !== 'lost') {
      clearTimeout(this.#calm);
      this.#troubled = false;
    }
  }
}

function openSocket(): Socket {
  const url = new URL('/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  const wrapped: Socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: () => socket.close(),
  };
  socket.onopen = () => wrapped.onopen?.();
  socket.onmessage = (event) => wrapped.onmessage?.({ data: event.data as unknown });
  socket.onclose = () => wrapped.onclose?.();
  return wrapped;
}
