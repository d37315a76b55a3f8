/** What pages tell the frame around them. */

class Shell {
  /** A match fills the whole window: no header, no footer. */
  immersive = $state(false);
}

export const shell = new Shell();

/** Names the page for tabs, bookmarks and screen readers. */
export function title(text: string): void {
  document.title = text === '' ? 'Snug' : `${text} · Snug`;
}
