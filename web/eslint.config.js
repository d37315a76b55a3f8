import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/lib/protocol.ts', 'test-results/', 'playwright-report/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      // TypeScript knows which names exist.
      'no-undef': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The page has its own router; there is no base path and no `resolve`.
      'svelte/no-navigation-without-resolve': 'off',
      // Maps, sets, dates and addresses here are local to a function or not shown; what is shown is `$state`.
      'svelte/prefer-svelte-reactivity': 'off',
      // svelte-check is the judge of those comments, and fails on a warning; the linter sees other warnings than the compiler.
      'svelte/no-unused-svelte-ignore': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    // Does not see that a `$derived` is read by markup and effects.
    rules: { 'no-useless-assignment': 'off' },
  },
);
