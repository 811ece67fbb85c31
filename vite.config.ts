import { defineConfig } from 'vite';

/** Where `npm run dev` answers while the pages are served by Vite. */
const SERVER = process.env.VIGIE_DEV_SERVER ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: 'web/client',
  build: {
    outDir: '../../dist/web/client',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
  },
  server: {
    proxy: {
      '/api': SERVER,
      '/socket.io': { target: SERVER, ws: true },
    },
  },
});
