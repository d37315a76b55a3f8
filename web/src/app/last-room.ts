/** The room that this device was last in, so that home can lead back. */
const KEY = 'snug.room';

export function rememberRoom(code: string | null): void {
  try {
    if (code) localStorage.setItem(KEY, code);
    else localStorage.removeItem(KEY);
  } catch {
    // Private mode: there is just no way back from home.
  }
}

export function lastRoom(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
