import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** A page to look at the editor by: `npx vite --config playground/vite.config.ts`. */
export default defineConfig({
  root: import.meta.dirname,
  cacheDir: '../node_modules/.vite-playground',
  plugins: [svelte({ configFile: '../svelte.config.js' })],
  worker: { format: 'es' },
  build: { outDir: '../node_modules/.playground', emptyOutDir: true, target: 'es2022' },
});
