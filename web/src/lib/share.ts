/**
 * Sharing and copying. On plain http over a LAN the browser hides `navigator.share` and `navigator.clipboard`, so there is a
 * second way for each, and a last one: the text is selected for the player to copy.
 */

export interface Shared {
  title: string;
  text: string;
  url?: string;
}

/** Copies a text; `false` when no way worked. */
export async function copy(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed here: the old way may still be.
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.style.cssText = 'position:fixed;top:0;left:0;opacity:0';
  const focused = document.activeElement;
  // Inside an open dialog the rest of the page is inert and cannot be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  let done: boolean;
  try {
    done = document.execCommand('copy');
  } catch {
    done = false;
  }
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

/** Opens the device's share sheet where there is one, else copies. `failed`: show the text for the player to select. */
export async function share(what: Shared): Promise<'shared' | 'copied' | 'cancelled' | 'failed'> {
  if (typeof navigator.share === 'function') {
    try {
      await navigator.share(what.url ? what : { title: what.title, text: what.text });
      return 'shared';
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return 'cancelled';
    }
  }
  const text = [what.text, what.url].filter(Boolean).join('\n');
  return (await copy(text)) ? 'copied' : 'failed';
}

/** Whether the device has a share sheet. */
export function canShare(): boolean {
  return typeof navigator.share === 'function';
}

/** Selects all of an element's text, for the player to copy. */
export function selectText(element: Element): void {
  const selection = getSelection();
  if (!selection) return;
  const range = document.createRange();
  range.selectNodeContents(element);
  selection.removeAllRanges();
  selection.addRange(range);
}
