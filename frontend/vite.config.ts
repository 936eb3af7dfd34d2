import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const api = process.env.UPSTREAM_API ?? 'http://127.0.0.1:8000';
const proxy = Object.fromEntries(
  ['/graphql/', '/downloads/', '/api/', '/static/', '/health'].map((path) => [
    path,
    { target: api, changeOrigin: false },
  ]),
);
const port = Number(process.env.PORT ?? 3000);

/** As deploy/nginx.conf has them, so that the browser tests run under the same policy; styles may be inline for Mantine. */
const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** Asks for the font along with the page: first found in the style sheet, it would come too late to be used. */
const preloadFont = (): Plugin => ({
  name: 'preload-font',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((file) => file.endsWith('.woff2'))
        .map((file) => ({
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href: `/${file}` },
          injectTo: 'head',
        })),
  },
});

/** Files that import each other in a circle build without a word and break when they are loaded: no build, then. */
const refuseCircles = (): Plugin => ({
  name: 'refuse-circles',
  generateBundle(_, bundle) {
    const done = new Set<string>();
    const follow = (file: string, path: string[]) => {
      if (path.includes(file)) {
        this.error(`Files import each other in a circle: ${[...path, file].join(' > ')}. Change codeSplitting.`);
      }
      const chunk = bundle[file];
      if (done.has(file) || chunk?.type !== 'chunk') return;
      for (const imported of chunk.imports) follow(imported, [...path, file]);
      done.add(file);
    };
    for (const file of Object.keys(bundle)) follow(file, []);
  },
});

/** The cookbook as a module: each question with its query and its variables, without the answers. */
const cookbook = (): Plugin => ({
  name: 'cookbook',
  transform(text, id) {
    if (!id.endsWith('/docs/cookbook.md')) return null;
    const question =
      /^## \d+\. (?<title>.+)\n[\s\S]*?```graphql\n(?<query>[\s\S]*?)\n```\n\n```json\n(?<variables>[\s\S]*?)```/gm;
    const asked = [...text.matchAll(question)].filter(([whole]) => !whole.includes('Asked by'));
    const examples = asked.map(({ groups }) => ({
      title: groups?.title,
      query: groups?.query,
      variables: JSON.parse(groups?.variables ?? '{}'),
    }));
    return { code: `export default ${JSON.stringify(examples)};`, map: null };
  },
});

export default defineConfig({
  plugins: [react(), preloadFont(), refuseCircles(), cookbook()],
  resolve: {
    alias: {
      '@': fileURLToPath(new URL('./src', import.meta.url)),
      'vscode-languageserver-types': fileURLToPath(
        new URL('./src/features/explore/languageServerTypes.ts', import.meta.url),
      ),
    },
  },
  build: {
    manifest: true,
    target: 'es2022',
    // The explorer's; `make budgets` weighs every page.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        chunkFileNames: ({ name }) => `assets/${name.split('~')[0]}-[hash].js`,
        // What several routes share comes in a few files instead of dozens: each request costs a round trip.
        codeSplitting: {
          groups: [
            // What the first screen does without stays apart from what it shares with other pages.
            { name: 'charts', test: /node_modules\/d3-/, priority: 1, minShareCount: 2 },
            // Libraries only: they never import the app. Merged up to a larger size they would import each other.
            {
              name: 'shared',
              test: /node_modules/,
              minShareCount: 2,
              entriesAware: true,
              entriesAwareMergeThreshold: 3_000,
            },
          ],
        },
      },
    },
  },
  server: { host: '127.0.0.1', port, strictPort: true, proxy },
  preview: { host: process.env.HOST ?? '127.0.0.1', port, strictPort: true, proxy, headers },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://127.0.0.1:3000/' } },
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['tests/setup.ts'],
    css: false,
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
