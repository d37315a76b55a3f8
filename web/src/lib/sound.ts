/** The sounds, synthesised: no files. Quiet, and silent until the first gesture (browsers insist) or when switched off. */
import { prefs } from '../app/prefs.svelte';

export type Sound =
  'join' | 'leave' | 'start' | 'pin' | 'lock' | 'tick' | 'reveal' | 'win' | 'chat' | 'error';

interface Note {
  /** Hertz, and where it glides to. */
  f: number;
  to?: number;
  /** Seconds from now, and how long. */
  at: number;
  d: number;
  /** 0–1 of the master volume. */
  v: number;
  type?: OscillatorType;
}

const MASTER = 0.14;

const SCORES: Record<Sound, Note[]> = {
  join: [
    { f: 523, at: 0, d: 0.12, v: 0.6 },
    { f: 784, at: 0.09, d: 0.2, v: 0.6 },
  ],
  leave: [
    { f: 587, at: 0, d: 0.12, v: 0.4 },
    { f: 392, at: 0.09, d: 0.2, v: 0.4 },
  ],
  start: [
    { f: 392, at: 0, d: 0.14, v: 0.6 },
    { f: 523, at: 0.11, d: 0.14, v: 0.6 },
    { f: 659, at: 0.22, d: 0.14, v: 0.6 },
    { f: 784, at: 0.33, d: 0.34, v: 0.7 },
  ],
  pin: [{ f: 320, to: 180, at: 0, d: 0.09, v: 0.7 }],
  lock: [
    { f: 220, to: 160, at: 0, d: 0.08, v: 0.8, type: 'triangle' },
    { f: 880, at: 0.06, d: 0.16, v: 0.4 },
  ],
  tick: [{ f: 1040, to: 880, at: 0, d: 0.045, v: 0.35, type: 'triangle' }],
  reveal: [
    { f: 440, at: 0, d: 0.2, v: 0.4 },
    { f: 554, at: 0.08, d: 0.24, v: 0.4 },
    { f: 659, at: 0.16, d: 0.4, v: 0.5 },
  ],
  win: [
    { f: 523, at: 0, d: 0.16, v: 0.6 },
    { f: 659, at: 0.13, d: 0.16, v: 0.6 },
    { f: 784, at: 0.26, d: 0.16, v: 0.6 },
    { f: 1047, at: 0.39, d: 0.6, v: 0.7 },
    { f: 784, at: 0.39, d: 0.6, v: 0.35 },
  ],
  chat: [{ f: 740, to: 880, at: 0, d: 0.08, v: 0.35 }],
  error: [{ f: 196, to: 165, at: 0, d: 0.18, v: 0.5, type: 'triangle' }],
};

let context: AudioContext | undefined;

/** Makes the first gesture anywhere unlock the sound. */
export function unlockSound(): void {
  const unlock = () => {
    if (typeof AudioContext === 'undefined') return;
    context ??= new AudioContext();
    if (context.state === 'suspended') context.resume().catch(() => undefined);
    if (context.state === 'running') {
      window.removeEventListener('pointerdown', unlock);
      window.removeEventListener('keydown', unlock);
    }
  };
  window.addEventListener('pointerdown', unlock);
  window.addEventListener('keydown', unlock);
}

/** Plays a sound, or nothing when sound is off, locked or missing. */
export function playSound(sound: Sound): void {
  if (!prefs.sound || !context || context.state !== 'running' || document.hidden) return;
  const start = context.currentTime + 0.01;
  for (const note of SCORES[sound]) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const at = start + note.at;
    oscillator.type = note.type ?? 'sine';
    oscillator.frequency.setValueAtTime(note.f, at);
    if (note.to) oscillator.frequency.exponentialRampToValueAtTime(note.to, at + note.d);
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(note.v * MASTER, at + 0.012);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + note.d);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + note.d + 0.02);
  }
}
