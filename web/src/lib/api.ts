/** REST calls: JSON in, JSON out, one error type. */

/** A refused or failed call. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    /** Stable code, see docs/errors.md; `offline` when the server could not be reached. */
    readonly code: string,
    message: string,
    /** All that the server said, for codes that carry more (`daily_played` has `details.match`). */
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const TIMEOUT_MS = 15_000;

/** Asks once. `path` begins with `/api` (or `/health`). */
export async function api<T>(path: string, init: { method?: string; body?: unknown } = {}): Promise<T> {
  let response: Response;
  try {
    const request: RequestInit = {
      method: init.method ?? 'GET',
      headers: { accept: 'application/json' },
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    if (init.body !== undefined) {
      request.headers = { accept: 'application/json', 'content-type': 'application/json' };
      request.body = JSON.stringify(init.body);
    }
    response = await fetch(path, request);
  } catch {
    throw new ApiError(0, 'offline', 'The server cannot be reached right now.');
  }
  if (response.status === 204) return undefined as T;
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = {};
  }
  if (!response.ok) {
    const error = (body ?? {}) as Record<string, unknown>;
    const code = typeof error.code === 'string' ? error.code : `http_${response.status}`;
    const message =
      typeof error.message === 'string' ? error.message : 'Something went wrong. Please try again.';
    throw new ApiError(response.status, code, message, error);
  }
  return body as T;
}
