import { render } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import Avatar from '../ui/Avatar.svelte';
import { creature } from './avatar';

const names = Array.from({ length: 400 }, (_, i) => `Player ${i}`);

describe('creatures', () => {
  it('are the same for the same name, however it is typed', () => {
    expect(creature('Ada')).toEqual(creature('  ada '));
    expect(creature('José')).toEqual(creature('José'));
  });

  it('differ', () => {
    const looks = new Set(names.map((n) => JSON.stringify({ ...creature(n), gaze: 0 })));
    expect(looks.size).toBeGreaterThan(350);
  });

  it('wear only what fits them', () => {
    for (const name of names) {
      const it = creature(name);
      if (it.extra === 'beanie') expect(['antenna', 'sprout', 'horns']).not.toContain(it.ears);
      if (it.extra === 'glasses') expect(['one', 'three']).not.toContain(it.eyes);
    }
  });

  it('are made of any text', () => {
    for (const name of ['', '🦦', '名前', 'a'.repeat(500)]) expect(creature(name).fur).toMatch(/^#/);
  });

  it('are drawn the same twice, and say nothing unless they are asked to', () => {
    const draw = (name: string) => {
      const { container, unmount } = render(Avatar, { name });
      const html = container.innerHTML.replaceAll(/c\d+|s\d+/g, '');
      unmount();
      return html;
    };
    expect(draw('Ada')).toBe(draw('Ada'));
    expect(draw('Ada')).not.toBe(draw('Oskar'));
    const { container } = render(Avatar, { name: 'Ada', label: 'Ada' });
    expect(container.querySelector('svg')?.getAttribute('role')).toBe('img');
  });
});
