/** What this device prefers: theme, motion, sound. Kept in localStorage; reactive. */

export type Theme = 'auto' | 'light' | 'dark';
export type Motion = 'auto' | 'full' | 'less';

const KEY = 'snug.prefs';

interface Stored {
  theme?: Theme;
  motion?: Motion;
  sound?: boolean;
  volume?: number;
}

function read(): Stored {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Stored;
  } catch {
    // Private mode, or damaged: the defaults are fine.
    return {};
  }
}

class Prefs {
  theme = $state<Theme>('auto');
  motion = $state<Motion>('auto');
  sound = $state(true);

  #systemDark = $state(false);
  #systemLess = $state(false);

  /** Whether the dark theme shows now. */
  readonly dark = $derived(this.theme === 'auto' ? this.#systemDark : this.theme === 'dark');
  /** Whether things should hold still now. */
  readonly lessMotion = $derived(this.motion === 'auto' ? this.#systemLess : this.motion === 'less');

  constructor() {
    const stored = read();
    this.theme = stored.theme ?? 'auto';
    this.motion = stored.motion ?? 'auto';
    this.sound = stored.sound ?? true;
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const less = window.matchMedia('(prefers-reduced-motion: reduce)');
    this.#systemDark = dark.matches;
    this.#systemLess = less.matches;
    dark.addEventListener('change', (e) => {
      this.#systemDark = e.matches;
      this.apply();
    });
    less.addEventListener('change', (e) => {
      this.#systemLess = e.matches;
      this.apply();
    });
    this.apply();
  }

  set(change: Stored): void {
    if (change.theme) this.theme = change.theme;
    if (change.motion) this.motion = change.motion;
    if (change.sound !== undefined) this.sound = change.sound;
    try {
      const kept: Stored = { theme: this.theme, motion: this.motion, sound: this.sound };
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Not kept beyond this visit; still applied.
    }
    this.apply();
  }

  /** Puts the choices where CSS sees them. */
  apply(): void {
    const root = document.documentElement;
    root.dataset.theme = this.dark ? 'dark' : 'light';
    root.dataset.motion = this.lessMotion ? 'less' : 'full';
    root.style.colorScheme = this.dark ? 'dark' : 'light';
  }
}

export const prefs = new Prefs();
