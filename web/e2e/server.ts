/** Starts, kills and restarts the real server, always on the same port and data directory. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY =
  process.env.SNUG_BIN ??
  process.env.SNUG_TEST_BINARY ??
  resolve(import.meta.dirname, '../../target/debug/snug');
const READY_MS = 30_000;

/** The browsers of a test run all come from one address. */
const LIMITS = {
  SNUG_LIMITS_ROOMS_PER_MINUTE: '6000',
  SNUG_LIMITS_ROOMS_BURST: '1000',
  SNUG_LIMITS_GUESTS_PER_MINUTE: '6000',
  SNUG_LIMITS_GUESTS_BURST: '1000',
};

export class Server {
  readonly url: string;
  readonly #port: number;
  readonly #data: string;
  #process: ChildProcess | undefined;
  /** What it logged, for when a test fails. */
  log = '';

  private constructor(port: number, data: string) {
    this.#port = port;
    this.#data = data;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** A new server on a free port and an empty directory, ready. */
  static async create(): Promise<Server> {
    const server = new Server(await freePort(), mkdtempSync(join(tmpdir(), 'snug-e2e-')));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const child = spawn(BINARY, ['serve'], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        ...LIMITS,
        SNUG_LISTEN: `127.0.0.1:${this.#port}`,
        SNUG_DATA_DIR: this.#data,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.log = (this.log + chunk.toString()).slice(-20_000);
    });
    const end = Date.now() + READY_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`snug serve ended with ${child.exitCode}:\n${this.log}`);
      if (await this.#ready()) return;
      if (Date.now() > end) throw new Error(`snug serve was not ready in ${READY_MS} ms:\n${this.log}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** kill -9: no goodbye, no flush. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** kill -9 and up again after `pause` milliseconds. */
  async restart(pause = 0): Promise<void> {
    await this.kill();
    await new Promise((done) => setTimeout(done, pause));
    await this.start();
  }

  /** Stops for good and removes what it wrote. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }

  async #ready(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/ready`)).ok;
    } catch {
      return false;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? done(address.port) : fail(new Error('no port')),
      );
    });
  });
}
