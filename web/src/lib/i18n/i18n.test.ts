import { describe, expect, it } from 'vitest';
import { en } from './en';
import {
  catalogue,
  countryName,
  fill,
  formatAgo,
  formatDistance,
  formatDuration,
  t,
  type Text,
} from './index';

describe('texts', () => {
  it('are filled in, with numbers as people write them', () => {
    expect(fill('{name} scored {points}', { name: 'Ada', points: 21340 })).toBe('Ada scored 21,340');
  });

  it('leave a gap visible rather than write nothing', () => {
    expect(fill('Hello {name}', {})).toBe('Hello {name}');
  });

  it('do not treat a name as a template', () => {
    expect(fill('{name} has joined', { name: '{name}' })).toBe('{name} has joined');
  });

  it('pick the plural by n', () => {
    expect(t('common.rounds', { n: 1 })).toBe('1 round');
    expect(t('common.rounds', { n: 5 })).toBe('5 rounds');
    expect(fill({ other: 'many' }, { n: 1 })).toBe('many');
  });

  it('come from any catalogue', () => {
    const own = catalogue({ hello: 'Hi {x}' });
    expect(own('hello', { x: 'there' })).toBe('Hi there');
  });

  it('are none of them empty, and braces are closed', () => {
    for (const [key, text] of Object.entries<Text>(en)) {
      for (const form of typeof text === 'string' ? [text] : Object.values(text)) {
        expect(form, key).not.toBe('');
        expect(form.replace(/\{\w+\}/g, ''), key).not.toMatch(/[{}]/);
      }
    }
  });
});

describe('figures', () => {
  it.each([
    [0, '0 m'],
    [840.4, '840 m'],
    [3240, '3.2 km'],
    [412_300, '412 km'],
    [14_917_000, '14,917 km'],
  ])('%d metres are %s', (metres, text) => {
    expect(formatDistance(metres)).toBe(text);
  });

  it.each([
    [900, '1 s'],
    [61_000, '1 min'],
    [3_661_000, '1 h 1 min'],
    [90_061_000, '1 d 1 h'],
    [-5, '0 s'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('tell how long ago', () => {
    const now = Date.UTC(2026, 10, 21, 12);
    expect(formatAgo(now - 180_000, now)).toBe('3 minutes ago');
    expect(formatAgo(now - 86_400_000, now)).toBe('yesterday');
  });

  it('name countries, and give back what is none', () => {
    expect(countryName('FR')).toBe('France');
    expect(countryName('not a code')).toBe('not a code');
  });
});
