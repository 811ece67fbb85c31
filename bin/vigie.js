#!/usr/bin/env node
// `npm install` builds `dist/` (script "prepare"); see package.json.
await import(new URL('../dist/main.js', import.meta.url).href).catch((error) => {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/main.js')) throw error;
  console.error('vigie is not built yet: run `npm run build` once.');
  process.exit(1);
});
