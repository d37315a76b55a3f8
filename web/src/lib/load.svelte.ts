/** Data of a page: loading, there, or failed, with a way to try again. */
import { ApiError } from './api';

export class Load<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);
  #fetch: () => Promise<T>;
  #turn = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Fetches (again). A slower, older answer never overwrites a newer one. */
  async run(): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const data = await this.#fetch();
      if (turn !== this.#turn) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.error = asApiError(error);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

/** A list that grows page by page. */
export class Pages<T, P extends { next: string | null }> {
  rows = $state.raw<T[]>([]);
  first = $state.raw<P | null>(null);
  next = $state<string | null>(null);
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);
  #fetch: (cursor: string | null) => Promise<P>;
  #rows: (page: P) => T[];
  #turn = 0;

  constructor(fetch: (cursor: string | null) => Promise<P>, rows: (page: P) => T[]) {
    this.#fetch = fetch;
    this.#rows = rows;
  }

  /** From the first page on. */
  restart(): Promise<void> {
    this.rows = [];
    this.first = null;
    this.next = null;
    return this.#page(null);
  }

  /** The page after the last. */
  more(): Promise<void> {
    return this.busy ? Promise.resolve() : this.#page(this.next);
  }

  async #page(cursor: string | null): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    this.error = null;
    try {
      const page = await this.#fetch(cursor);
      if (turn !== this.#turn) return;
      this.first ??= page;
      this.rows = [...this.rows, ...this.#rows(page)];
      this.next = page.next;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.error = asApiError(error);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 'unexpected', String(error));
}
