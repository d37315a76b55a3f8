import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// `make dev`: the page with hot reload on 5173, everything else from a running `snug serve`.
const server = process.env.SNUG_DEV_SERVER ?? 'http://127.0.0.1:8080';
const proxy = Object.fromEntries(
  ['/api', '/map', '/health', '/ws'].map((path) => [
    path,
    { target: server, ws: path === '/ws', changeOrigin: false },
  ]),
);

export default defineConfig({
  plugins: [tailwindcss(), svelte(), svelteTesting()],
  server: { proxy },
  preview: { proxy },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    // Pictures and fonts stay files: a data: address would need a wider content security policy and never be cached.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['./src/test-setup.ts'],
  },
});
