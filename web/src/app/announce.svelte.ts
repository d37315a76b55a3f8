/** One polite live region for the whole page. */

class Announcer {
  text = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting: string[] = [];

  say(text: string): void {
    this.#waiting.push(text);
    if (this.#timer !== undefined) return;
    // What happens within a moment is read as one sentence: a screen reader drops all but the last of quick changes.
    this.#timer = setTimeout(() => {
      this.text = this.#waiting.slice(-4).join(' ');
      this.#waiting = [];
      this.#timer = undefined;
    }, 250);
  }
}

export const announcer = new Announcer();

/** Reads a sentence out to those who use a screen reader. */
export function announce(text: string): void {
  announcer.say(text);
}
