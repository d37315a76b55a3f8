import { describe, expect, it } from 'vitest';
import { describe as inWords } from './describe';
import { codeFrom, preset, presetOf, PRESETS, withRegion } from './presets';

describe('presets', () => {
  it('are recognised, and nothing else is', () => {
    for (const name of PRESETS) expect(presetOf(preset(name))).toBe(name);
    expect(presetOf({ ...preset('classic'), rounds: 6 })).toBeNull();
    expect(presetOf({ ...preset('classic'), region: { continent: 'EU' } })).toBeNull();
    expect(presetOf({ ...preset('classic'), kinds: ['city'] })).toBeNull();
  });

  it('do not depend on the order of kinds', () => {
    const classic = preset('classic');
    expect(presetOf({ ...classic, kinds: [...classic.kinds].reverse() })).toBe('classic');
  });

  it('are told in words', () => {
    expect(inWords(preset('classic'))).toBe('Classic · 5 rounds · 60 s');
    expect(inWords({ ...preset('explorer'), region: { country: 'FR' }, kinds: ['city'] })).toBe(
      '10 rounds · No limit · France · Find the city',
    );
  });
});

describe('a country as region', () => {
  it('takes out the kinds that would be answered by it', () => {
    expect(withRegion(preset('classic'), { country: 'FR' }).kinds).toEqual([
      'city',
      'orbit',
      'lights',
      'relief',
      'rivers',
    ]);
    expect(withRegion({ ...preset('classic'), kinds: ['flag'] }, { country: 'FR' }).kinds).toEqual(['city']);
  });
});

describe('codes', () => {
  it.each([
    ['kite42', 'KITE42'],
    [' KIT E42 ', 'KITE42'],
    ['KIT-E42', 'KITE42'],
    ['http://192.168.1.20:8080/r/KITE42', 'KITE42'],
    ['https://snug.example/r/kite42?x=1', 'KITE42'],
    ['Come and play! https://snug.example/r/KITE42', 'KITE42'],
  ])('%s is %s', (text, code) => {
    expect(codeFrom(text)).toBe(code);
  });

  it.each(['', 'KITE4', 'KITE421', 'https://snug.example/rooms', '🦦🦦🦦'])('%s is none', (text) => {
    expect(codeFrom(text)).toBeNull();
  });
});
