import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';

const ONE_YEAR = 31_536_000_000;

/** Pages live at paths without an extension; anything else that is missing is really missing. */
const isPage = (path: string): boolean =>
  !/\.[A-Za-z0-9]+$/.test(path) && !/^\/(api|fhir|socket\.io|metrics|healthz|readyz)(\/|$)/.test(path);

const page =
  (clientDir: string): RequestHandler =>
  (request, response, next) => {
    if (request.method !== 'GET' || !isPage(request.path) || !request.accepts('html')) {
      next();
      return;
    }
    response.set('cache-control', 'no-cache').sendFile('index.html', { root: clientDir });
  };

/**
 * The built dashboard: Vite's hashed files are cached for a year, the page itself is always asked again so that an
 * upgrade reaches every screen at its next load. Serves nothing when the client has not been built.
 */
export const serveClient = (clientDir: string): Router => {
  const router = express.Router();
  if (!existsSync(join(clientDir, 'index.html'))) return router;
  router.use('/assets', express.static(join(clientDir, 'assets'), { immutable: true, maxAge: ONE_YEAR, index: false }));
  router.use(express.static(clientDir, { maxAge: 0, index: false }));
  router.use(page(clientDir));
  return router;
};
