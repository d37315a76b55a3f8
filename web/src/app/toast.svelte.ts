/** Short messages that come and go by themselves. */

export type Tone = 'info' | 'good' | 'bad';

export interface Toast {
  id: number;
  text: string;
  tone: Tone;
}

const LIFE_MS = 4500;
const MOST = 3;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  add(text: string, tone: Tone): void {
    // The same sentence twice is noise.
    if (this.list.some((t) => t.text === text)) return;
    const id = this.#next++;
    this.list = [...this.list, { id, text, tone }].slice(-MOST);
    setTimeout(() => this.drop(id), LIFE_MS);
  }

  drop(id: number): void {
    this.list = this.list.filter((t) => t.id !== id);
  }
}

export const toasts = new Toasts();

/** Shows a short message; it is also read out. */
export function toast(text: string, tone: Tone = 'info'): void {
  toasts.add(text, tone);
}
