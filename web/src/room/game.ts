/** The game's components, fetched when the first of them is needed. */
import type { Component } from 'svelte';
import type { GameProps, ReplayProps, SummaryProps } from '../app/contract';

const parts = import.meta.glob<{ default: unknown }>('../atlas/Atlas*.svelte');

function load<P extends object>(name: string): Promise<{ default: Component<P> }> {
  const part = parts[`../atlas/${name}.svelte`];
  return part ? (part() as Promise<{ default: Component<P> }>) : Promise.reject(new Error(`no ${name}`));
}

export const loadGame = () => load<GameProps & Record<string, unknown>>('AtlasGame');
export const loadSummary = () => load<SummaryProps & Record<string, unknown>>('AtlasSummary');
export const loadReplay = () => load<ReplayProps & Record<string, unknown>>('AtlasReplay');
