import { createHash } from 'node:crypto';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Puts the styles into the script, which adds them to the page once: a widget is one file. */
function stylesInScript(): Plugin {
  return {
    name: 'styles-in-script',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const assets = Object.values(bundle).filter((file) => file.type === 'asset');
      const sheets = assets.filter((file) => file.fileName.endsWith('.css'));
      const css = sheets.map((file) => file.source.toString()).join('\n');
      if (!css) return;
      for (const sheet of sheets) delete bundle[sheet.fileName];
      const id = `mudrock-${createHash('sha256').update(css).digest('hex').slice(0, 12)}`;
      const script =
        `if(!document.getElementById("${id}")){const s=document.createElement("style");` +
        `s.id="${id}";s.textContent=${JSON.stringify(css)};document.head.append(s)}\n`;
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk' && file.isEntry) file.code = script + file.code;
      }
    },
  };
}

/** Arrow compiles its test for null from a string, which strict pages forbid: a set does as well. */
function withoutGeneratedCode(): Plugin {
  return {
    name: 'without-generated-code',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith('/apache-arrow/builder/valid.mjs')) return null;
      return `export function createIsValidFunction(nullValues) {
        const nulls = new Set(nullValues ?? []);
        return (value) => !nulls.has(value);
      }`;
    },
  };
}

const targets = {
  widget: {
    entry: 'src/hosts/widget.ts',
    fileName: 'widget.js',
    outDir: '../mudrock_jupyter/static',
    external: [],
  },
  // `jupyter-builder` takes it from here and shares Lab's own copies of the external packages.
  lab: {
    entry: 'src/hosts/labextension.ts',
    fileName: 'labextension.js',
    outDir: 'lib',
    external: [/^yjs$/, /^@jupyter\//, /^@jupyterlab\//, /^@lumino\//],
  },
};

export default defineConfig(({ mode }) => {
  const target = mode === 'lab' ? targets.lab : targets.widget;
  return {
    plugins: [svelte(), withoutGeneratedCode(), stylesInScript()],
    // Library mode leaves process.env alone, and a browser has no `process`.
    define: mode === 'test' ? {} : { 'process.env.NODE_ENV': '"production"' },
    resolve: { conditions: ['browser', 'module', 'import', 'default'] },
    worker: { format: 'es' },
    build: {
      outDir: target.outDir,
      emptyOutDir: true,
      target: 'es2022',
      lib: { entry: target.entry, formats: ['es'], fileName: () => target.fileName },
      rolldownOptions: { external: target.external, output: { codeSplitting: false, minify: mode === 'widget' } },
    },
    test: { include: ['tests/**/*.test.ts'], environment: 'node' },
  };
});
